// SPDX-License-Identifier: BSD-3-Clause
#include "render/render_parts.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Quantiles of the pixels drawn that the scale reaches to; and how far a logarithmic
 * one goes down, since a field decays to nothing away from its sources. */
static const double TAILS[2] = {0.005, 0.995};
static const double LOG_SPAN = 1e4;

/* The numbers among the pixels, those above 0 for a logarithmic scale. */
static cyt_code keep_numbers(const cyt_render_map *map, int positive, double **value,
                             size_t *n, cyt_error *err)
{
    const size_t pixels = cyt_render_map_pixels(map);
    *n = 0;
    *value = cyt_alloc(pixels, sizeof **value, "values of a map", err);
    for (size_t i = 0; *value && i < pixels; i++)
        if (isfinite(map->value[i]) && (!positive || map->value[i] > 0))
            (*value)[(*n)++] = (double)map->value[i];
    return err->code;
}

static void find_extremes(const double *value, size_t n, double ends[2])
{
    ends[0] = INFINITY;
    ends[1] = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        ends[0] = fmin(ends[0], value[i]);
        ends[1] = fmax(ends[1], value[i]);
    }
}

/* Ends of equal value are moved apart, so that there is a scale. */
static void widen(cyt_render_scale *scale)
{
    if (scale->low < scale->high)
        return;
    const double middle = scale->low, half = middle != 0 ? fabs(middle) / 2 : 0.5;
    scale->low = middle - half;
    scale->high = middle + half;
}

static void centre(cyt_render_scale *scale)
{
    const double reach = fmax(fabs(scale->low), fabs(scale->high));
    scale->low = -reach;
    scale->high = reach;
}

/* Ends from the values; @p extremes of those above 0 when logarithmic. */
static void choose_ends(double *value, size_t n, const double extremes[2],
                        cyt_render_scale *scale)
{
    double ends[2];
    cyt_quantiles(value, n, TAILS, 2, ends);
    if (!(ends[0] < ends[1])) {
        ends[0] = extremes[0];
        ends[1] = extremes[1];
    }
    scale->low = ends[0];
    scale->high = ends[1];
    if (scale->is_log)
        scale->low = fmax(scale->low, scale->high / LOG_SPAN);
    if (scale->is_diverging)
        centre(scale);
}

/* Fields that can have both signs have a diverging scale on every slide. */
static int is_signed_field(const char *field)
{
    const char *slash = strrchr(field, '/');
    const char *name = slash ? slash + 1 : field;
    return strncmp(name, "grad_", 5) == 0 || strcmp(name, "margin_um") == 0 ||
           strcmp(name, "pull") == 0;
}

static cyt_code check_log(const cyt_render_params *params, int is_signed, size_t n,
                          cyt_error *err)
{
    if (is_signed)
        return CYT_FAIL(err, CYT_ERR_USAGE, params->slide,
                        "%s is signed: no logarithmic scale; leave out --log",
                        params->field);
    if (n == 0)
        return CYT_FAIL(
            err, CYT_ERR_USAGE, params->slide,
            "%s has no value above 0: no logarithmic scale; leave out --log",
            params->field);
    if (params->has_range && !(params->range[0] > 0))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--range must be above 0 with --log, not %g to %g",
                        params->range[0], params->range[1]);
    return CYT_OK;
}

static void look_beyond(const cyt_render_map *map, cyt_render_scale *scale)
{
    for (size_t i = 0; i < cyt_render_map_pixels(map); i++) {
        scale->has_gaps |= isnan(map->value[i]);
        scale->below |= map->value[i] < scale->low;
        scale->above |= map->value[i] > scale->high;
    }
}

static cyt_code choose_for_numbers(const cyt_render_params *params,
                                   const cyt_render_map *map, cyt_render_scale *scale,
                                   cyt_error *err)
{
    cyt_code code = CYT_OK;
    double *value = NULL, extremes[2], positive[2];
    size_t n;
    CYT_TRY(keep_numbers(map, 0, &value, &n, err));
    scale->has_values = n > 0;
    find_extremes(value, n, extremes);
    scale->is_diverging = n > 0 && (extremes[0] < 0 || is_signed_field(params->field));
    if (params->is_log) {
        free(value);
        value = NULL;
        CYT_TRY(keep_numbers(map, 1, &value, &n, err));
        CYT_TRY(check_log(params, scale->is_diverging, n, err));
    }
    scale->is_log = params->is_log;
    find_extremes(value, n, positive);
    if (params->has_range) {
        scale->low = params->range[0];
        scale->high = params->range[1];
    } else if (n > 0) {
        choose_ends(value, n, positive, scale);
    }
    widen(scale);
    look_beyond(map, scale);
done:
    free(value);
    return code;
}

cyt_code cyt_render_scale_choose(const cyt_render_params *params,
                                 const cyt_render_map *map, cyt_render_scale *scale,
                                 cyt_error *err)
{
    *scale = (cyt_render_scale){0};
    if (map->label && (params->is_log || params->has_range))
        return CYT_FAIL(err, CYT_ERR_USAGE, params->slide,
                        "%s holds labels, which have no scale; leave out %s",
                        params->field, params->is_log ? "--log" : "--range");
    const cyt_code code =
        map->label ? CYT_OK : choose_for_numbers(params, map, scale, err);
    if (scale->is_diverging)
        cyt_palette_diverging(scale->table);
    else
        cyt_palette_sequential(scale->table);
    return code;
}

double cyt_render_scale_height(const cyt_render_scale *scale, double value)
{
    double height = (value - scale->low) / (scale->high - scale->low);
    if (scale->is_log)
        height =
            value > 0 ? log(value / scale->low) / log(scale->high / scale->low) : 0;
    return isfinite(height) ? height : 0;
}

double cyt_render_scale_value(const cyt_render_scale *scale, double height)
{
    if (!scale->is_log)
        return scale->low + height * (scale->high - scale->low);
    return scale->low * pow(scale->high / scale->low, height);
}

cyt_rgb cyt_render_scale_colour(const cyt_render_scale *scale, double value)
{
    const double reach = fmax(fabs(scale->low), fabs(scale->high));
    const double inside = fmin(fmax(value, scale->low), scale->high);
    const double at = scale->is_diverging ? 0.5 + 0.5 * inside / reach
                                          : cyt_render_scale_height(scale, inside);
    return scale->table[lrint(fmin(fmax(at, 0), 1) * (CYT_PALETTE_STEPS - 1))];
}
