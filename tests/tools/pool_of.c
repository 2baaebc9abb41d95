// SPDX-License-Identifier: BSD-3-Clause
/* Slides of stdin (patient, value, variance a line) combined and pooled: a line
 * "patient value variance" for each patient, then "omega2 …" and "pooled …". */
#include "cytotaxis/pooling.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 10000 };

int main(int argc, char **argv)
{
    static cyt_slide_estimate slides[MOST];
    cyt_patient_estimates patients = {0};
    cyt_error err = {0};
    size_t n = 0;
    const double level = argc > 1 ? atof(argv[1]) : 0.95;
    while (n < MOST && scanf("%zu %lf %lf", &slides[n].patient, &slides[n].value,
                             &slides[n].variance) == 3)
        n++;
    if (cyt_combine_slides(n, slides, &patients, &err) != CYT_OK)
        return 1;
    for (size_t k = 0; k < patients.n; k++)
        printf("%zu %.17g %.17g\n", patients.patient[k], patients.value[k],
               patients.variance[k]);
    const cyt_pooled p = cyt_pool(patients.n, patients.value, patients.variance, level);
    printf("omega2 %.17g\n", patients.omega2);
    printf("pooled %zu %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g "
           "%.17g\n",
           p.k, p.mean, p.se, p.lo, p.hi, p.p, p.tau2, p.q, p.q_p, p.i2, p.from,
           p.upto);
    cyt_patient_estimates_free(&patients);
    return 0;
}
