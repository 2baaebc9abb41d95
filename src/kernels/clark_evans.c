// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/clark_evans.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static cyt_clark_evans compare(double mean, double expected, double se)
{
    cyt_clark_evans c = {mean / expected, expected, se, (mean - expected) / se, 0};
    c.p = erfc(fabs(c.z) / sqrt(2)) / 2;
    return c;
}

cyt_clark_evans cyt_clark_evans_naive(double mean_distance, double n, double intensity)
{
    if (!(n > 0 && intensity > 0 && isfinite(intensity)))
        return (cyt_clark_evans){NAN, NAN, NAN, NAN, NAN};
    return compare(mean_distance, 0.5 / sqrt(intensity),
                   sqrt((4 - pi) / (4 * pi)) / sqrt(n * intensity));
}

cyt_clark_evans cyt_clark_evans_donnelly(double mean_distance, double n, double width,
                                         double height)
{
    const double area = width * height, perimeter = 2 * (width + height);
    if (!(n > 0 && area > 0))
        return (cyt_clark_evans){NAN, NAN, NAN, NAN, NAN};
    const double expected =
        0.5 * sqrt(area / n) + (0.0514 + 0.0412 / sqrt(n)) * perimeter / n;
    const double variance =
        0.0703 * area / (n * n) + 0.037 * perimeter * sqrt(area / pow(n, 5));
    return compare(mean_distance, expected, sqrt(variance));
}
