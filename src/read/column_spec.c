// SPDX-License-Identifier: BSD-3-Clause
#include "read/column_spec.h"

#include <string.h>

static const struct {
    cyt_joint joint;
    const char *text;
} joints_known[] = {{CYT_JOINT_ID, "+"}, {CYT_JOINT_MIDDLE, ".."}};
enum { N_JOINTS = sizeof joints_known / sizeof *joints_known };

static int is_name(const char *name, const char *text, size_t n)
{
    return strlen(name) == n && memcmp(name, text, n) == 0;
}

static size_t column_named(const cyt_names *columns, const char *text, size_t n)
{
    for (size_t i = 0; i < columns->n; i++)
        if (is_name(columns->name[i], text, n))
            return i;
    return CYT_NO_NAME;
}

/* Where the joint stands in text[0 .. n) with something on both sides; NULL if not. */
static const char *find_joint(const char *text, size_t n, const char *joint)
{
    const char *at = strstr(text, joint);
    return at && (size_t)(at - text) + strlen(joint) < n ? at : NULL;
}

/* One alternative: a column, or two with a joint between their names. */
static int find_one(const cyt_names *columns, const char *text, size_t n,
                    unsigned joints, cyt_place *place)
{
    *place = (cyt_place){column_named(columns, text, n), CYT_NO_NAME};
    for (size_t k = 0; place->first == CYT_NO_NAME && k < N_JOINTS; k++) {
        const char *joint = joints_known[k].text;
        const char *at =
            joints & joints_known[k].joint ? find_joint(text, n, joint) : NULL;
        if (!at)
            continue;
        const char *right = at + strlen(joint);
        const cyt_place two = {
            column_named(columns, text, (size_t)(at - text)),
            column_named(columns, right, n - (size_t)(right - text))};
        if (two.first != CYT_NO_NAME && two.rest != CYT_NO_NAME)
            *place = two;
    }
    return place->first != CYT_NO_NAME;
}

int cyt_column_find(const cyt_names *columns, const char *spec, unsigned joints,
                    cyt_place *place)
{
    if (find_one(columns, spec, strlen(spec), joints, place))
        return 1;
    for (const char *at = spec;; at++) {
        const size_t n = strcspn(at, "|");
        if (find_one(columns, at, n, joints, place))
            return 1;
        at += n;
        if (!*at)
            return 0;
    }
}

/* Is the name the alternative, or a half of it? */
static int is_part(const char *text, size_t n, const char *name)
{
    if (is_name(name, text, n))
        return 1;
    for (size_t k = 0; k < N_JOINTS; k++) {
        const char *joint = joints_known[k].text, *at = find_joint(text, n, joint);
        if (!at)
            continue;
        const char *right = at + strlen(joint);
        if (is_name(name, text, (size_t)(at - text)) ||
            is_name(name, right, n - (size_t)(right - text)))
            return 1;
    }
    return 0;
}

int cyt_column_is_named(const char *spec, const char *name)
{
    if (strcmp(spec, name) == 0)
        return 1;
    for (const char *at = spec;; at++) {
        const size_t n = strcspn(at, "|");
        if (is_part(at, n, name))
            return 1;
        at += n;
        if (!*at)
            return 0;
    }
}
