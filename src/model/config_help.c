// SPDX-License-Identifier: BSD-3-Clause
#include "config_table.h"
#include "cytotaxis/strbuf.h"

static void add_kind(cyt_strbuf *b, const cyt_option *row, cyt_error *err)
{
    char text[CYT_RANGE_SIZE];
    switch (row->kind) {
    case CYT_OPTION_NUMBER:
        cyt_strbuf_add(b, err, "%snumber, %s", row->whole ? "whole " : "",
                       cyt_range_text(row, text));
        break;
    case CYT_OPTION_NUMBERS:
        cyt_strbuf_add(b, err, "%snumber or list of them, %s",
                       row->whole ? "whole " : "", cyt_range_text(row, text));
        break;
    case CYT_OPTION_FLAG:
    case CYT_OPTION_CHOICE:
        cyt_strbuf_add(b, err, "%s", cyt_choices_text(row, text));
        break;
    case CYT_OPTION_TYPES:
        cyt_strbuf_add(b, err, "mapping of a name to a list of cell types");
        break;
    case CYT_OPTION_SIGNALS:
        cyt_strbuf_add(b, err, "list of mappings");
        break;
    case CYT_OPTION_CONTRASTS:
        cyt_strbuf_add(b, err, "list of mappings {a: ..., b: ...}");
        break;
    case CYT_OPTION_CROSSTALK:
        cyt_strbuf_add(b, err, "list of mappings of the keys below");
        break;
    case CYT_OPTION_NAME:
        cyt_strbuf_add(b, err, "name");
        break;
    case CYT_OPTION_NAMES:
        cyt_strbuf_add(b, err, "name or list of names");
        break;
    case CYT_OPTION_LIGAND:
        cyt_strbuf_add(b, err,
                       "name, list of names, or mapping of a cell type to a rate");
        break;
    case CYT_OPTION_EXPRESSION:
        cyt_strbuf_add(b, err, "mapping {layer: ..., transform: ...}");
        break;
    case CYT_OPTION_AMOUNTS:
        cyt_strbuf_add(b, err, "mapping of a name to a number, %s",
                       cyt_range_text(row, text));
        break;
    case CYT_OPTION_CHOICES:
        cyt_strbuf_add(b, err, "%s, or a list of them", cyt_choices_text(row, text));
        break;
    case CYT_OPTION_PAIRS:
        cyt_strbuf_add(b, err, "list of pairs [name, name]");
        break;
    case CYT_OPTION_ABSOLUTE:
        cyt_strbuf_add(b, err, "mapping of the keys below");
        break;
    }
}

static void add_row(cyt_strbuf *b, const cyt_option *row, const char *indent,
                    const char *prefix, cyt_error *err)
{
    cyt_strbuf_add(b, err, "%s%s%s%s\n%s    ", indent, prefix,
                   *prefix && row->key ? "." : "", row->key ? row->key : "", indent);
    add_kind(b, row, err);
    if (row->start)
        cyt_strbuf_add(b, err, "; default %s", row->start);
    else
        cyt_strbuf_add(b, err,
                       row->required == CYT_UNLESS_PRESET
                           ? "; required without a preset"
                       : row->required ? "; required"
                                       : "; no default");
    cyt_strbuf_add(b, err, "\n%s    %s\n", indent, row->help);
}

static void add_inner(cyt_strbuf *b, const cyt_option *rows, const char *indent,
                      cyt_error *err)
{
    for (; rows->key; rows++) {
        add_row(b, rows, indent, "", err);
        if (rows->kind == CYT_OPTION_EXPRESSION)
            add_inner(b, cyt_expression_keys, "            ", err);
        if (rows->kind == CYT_OPTION_ABSOLUTE)
            add_inner(b, cyt_absolute_keys, "            ", err);
    }
}

char *cyt_config_help(cyt_error *err)
{
    cyt_strbuf b = {0};
    for (const cyt_option *row = cyt_options; row->section;
         row = cyt_option_next(row)) {
        add_row(&b, row, "", row->section, err);
        if (row->kind == CYT_OPTION_SIGNALS)
            add_inner(&b, cyt_signal_keys, "        ", err);
        if (row->kind == CYT_OPTION_CONTRASTS)
            add_inner(&b, cyt_contrast_keys, "        ", err);
        if (row->kind == CYT_OPTION_CROSSTALK)
            add_inner(&b, cyt_crosstalk_keys, "        ", err);
    }
    return cyt_strbuf_take(&b, err);
}
