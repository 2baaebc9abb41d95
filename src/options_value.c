// SPDX-License-Identifier: BSD-3-Clause
#include "options_value.h"

#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

cyt_code options_number(const char *name, const char *text, uint64_t least,
                        uint64_t *value, cyt_error *err)
{
    char *end;
    errno = 0;
    const unsigned long long v = strtoull(text, &end, 10);
    const int digits = !*end && isdigit((unsigned char)text[0]);
    if (digits && errno == ERANGE)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--%s takes a whole number of at most %llu, not \"%s\"", name,
                        ULLONG_MAX, text);
    if (!digits || v < least)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--%s takes a whole number of at least %llu, not \"%s\"", name,
                        (unsigned long long)least, text);
    *value = v;
    return CYT_OK;
}

cyt_code options_choice(const char *name, const char *text, const char *const *choices,
                        size_t *which, cyt_error *err)
{
    for (*which = 0; choices[*which]; ++*which)
        if (strcmp(choices[*which], text) == 0)
            return CYT_OK;
    cyt_strbuf list = {0};
    for (size_t i = 0; choices[i]; i++)
        cyt_strbuf_add(&list, err, "%s%s", i ? ", " : "", choices[i]);
    const cyt_code code =
        CYT_FAIL(err, CYT_ERR_USAGE, NULL, "--%s cannot be \"%s\"; choices: %s", name,
                 text, list.text ? list.text : "");
    cyt_strbuf_free(&list);
    return code;
}

cyt_code options_duration(const char *name, const char *text, double *seconds,
                          cyt_error *err)
{
    static const struct {
        const char *unit;
        double s;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    const size_t n = strspn(text, "0123456789.");
    for (size_t k = 0; k < sizeof units / sizeof *units; k++)
        if (strcmp(text + n, units[k].unit) == 0 &&
            cyt_parse_f64(text, n, seconds) == CYT_NUMBER_FINITE && *seconds > 0) {
            *seconds *= units[k].s;
            return CYT_OK;
        }
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                    "--%s takes a time like 90m, 3h or 5400, not \"%s\"", name, text);
}

cyt_code options_bytes(const char *name, const char *text, double *bytes,
                       cyt_error *err)
{
    static const char units[] = "KMGT";
    const size_t n = strspn(text, "0123456789.");
    const char *unit = text[n] ? strchr(units, text[n]) : NULL;
    if (cyt_parse_f64(text, n, bytes) != CYT_NUMBER_FINITE || !(*bytes > 0) ||
        (text[n] && (!unit || text[n + 1])))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--%s takes bytes like 4G, 800M or 4000000000, not \"%s\"",
                        name, text);
    for (ptrdiff_t k = unit ? unit - units + 1 : 0; k > 0; k--)
        *bytes *= 1024;
    return CYT_OK;
}
