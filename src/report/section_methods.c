// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file section_methods.c
 * @brief A paragraph for the methods of a paper: what was computed, with which
 * parameters, after which source; then the config in effect.
 *
 * One sentence for each analysis whose metrics are there. {section.key} in a sentence
 * becomes the value in effect, [n] the reference of that number in the list below.
 */
#include "report/report_parts.h"

#include <stdio.h>
#include <string.h>

typedef struct reference {
    const char *key, *text, *doi; /* doi: NULL if it has none */
} reference;

static const reference references[] = {
    {"anndata",
     "Virshup I, Rybakov S, Theis FJ, Angerer P, Wolf FA. anndata: Access and store "
     "annotated data matrices. Journal of Open Source Software 9 (2024) 4371.",
     "10.21105/joss.04371"},
    {"felzenszwalb",
     "Felzenszwalb PF, Huttenlocher DP. Distance transforms of sampled "
     "functions. Theory of Computing 8 (2012) 415.",
     "10.4086/toc.2012.v008a019"},
    {"hyndman",
     "Hyndman RJ, Fan Y. Sample quantiles in statistical packages. The "
     "American Statistician 50 (1996) 361.",
     "10.2307/2684934"},
    {"dendy",
     "Dendy JE. Black box multigrid. Journal of Computational Physics 48 (1982) "
     "366.",
     "10.1016/0021-9991(82)90057-2"},
    {"notay",
     "Notay Y. Flexible conjugate gradients. SIAM Journal on Scientific "
     "Computing 22 (2000) 1444.",
     "10.1137/S1064827599362314"},
    {"ripley",
     "Ripley BD. The second-order analysis of stationary point processes. "
     "Journal of Applied Probability 13 (1976) 255.",
     "10.2307/3212829"},
    {"baddeley",
     "Baddeley A, Rubak E, Turner R. Spatial Point Patterns: "
     "Methodology and Applications with R. 2015.",
     "10.1201/b19708"},
    {"keren",
     "Keren L, et al. A structured tumor-immune microenvironment in triple negative "
     "breast cancer revealed by multiplexed ion beam imaging. Cell 174 (2018) 1373.",
     "10.1016/j.cell.2018.08.039"},
    {"mann",
     "Mann HB, Whitney DR. On a test of whether one of two random variables is "
     "stochastically larger. Annals of Mathematical Statistics 18 (1947) 50.",
     "10.1214/aoms/1177730491"},
    {"cliff",
     "Cliff N. Dominance statistics: Ordinal analyses to answer ordinal "
     "questions. Psychological Bulletin 114 (1993) 494.",
     "10.1037/0033-2909.114.3.494"},
    {"pustejovsky",
     "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance "
     "estimation and hypothesis testing in fixed effects models. Journal of Business "
     "and Economic Statistics 36 (2018) 672.",
     "10.1080/07350015.2016.1247004"},
    {"myllymaki",
     "Myllym\xc3\xa4ki M, Mrkvi\xc4\x8dka T, Grabarnik P, Seijo H, Hahn U. Global "
     "envelope tests for spatial processes. Journal of the Royal Statistical Society B "
     "79 (2017) 381.",
     "10.1111/rssb.12172"},
    {"viechtbauer",
     "Viechtbauer W. Bias and efficiency of meta-analytic variance estimators in the "
     "random-effects model. Journal of Educational and Behavioral Statistics 30 (2005) "
     "261.",
     "10.3102/10769986030003261"},
    {"hartung",
     "Hartung J, Knapp G. On tests of the overall treatment effect in meta-analysis "
     "with normally distributed responses. Statistics in Medicine 20 (2001) 1771.",
     "10.1002/sim.791"},
    {"mantel",
     "Mantel N. Evaluation of survival data and two new rank order statistics "
     "arising in its consideration. Cancer Chemotherapy Reports 50 (1966) 163.",
     NULL},
    {"cox",
     "Cox DR. Regression models and life-tables. Journal of the Royal Statistical "
     "Society B 34 (1972) 187.",
     "10.1111/j.2517-6161.1972.tb00899.x"},
    {"benjamini",
     "Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and "
     "powerful approach to multiple testing. Journal of the Royal Statistical Society "
     "B 57 (1995) 289.",
     "10.1111/j.2517-6161.1995.tb02031.x"},
};
enum { N_REFERENCES = sizeof references / sizeof *references };

typedef struct method {
    const char *analysis; /* written when var has metrics of it; NULL: always */
    const char *sentence;
} method;

static const method methods[] = {
    {NULL, "Positions are in \xc2\xb5m; maps have square pixels of {grid.spacing_um} "
           "\xc2\xb5m. Results are AnnData files [anndata]."},
    {"nearest", "The distance from each cell of a type to the nearest other cell of a "
                "type is exact and unbounded; quantiles are of type 7 [hyndman]."},
    {"margin",
     "Tissue was divided into tumour and the rest ({compartments.from}, "
     "threshold {compartments.threshold}); the signed distance to the border "
     "is the exact Euclidean distance transform [felzenszwalb], and densities "
     "are cells over the area of tissue in a zone ({compartments.margin_um} "
     "\xc2\xb5m) or band ({compartments.band_um} \xc2\xb5m)."},
    {"signal", "The concentration of a signal is the steady state of diffusion, decay "
               "and secretion by its senders, in finite volumes on the pixels of the "
               "tissue without flux through its edge, solved by conjugate gradients "
               "[notay] with multigrid [dendy] to a true relative residual of "
               "{solver.tolerance}; a section is taken to be two-dimensional, and "
               "concentrations are relative unless absolute rates were given."},
    {"trap", "Trap slopes say how the log density of responders changes with receptor "
             "occupancy, under a stated model without net flux; their errors come from "
             "blocks of tissue (CR2) [pustejovsky]."},
    {"block",
     "Effects of a blocker are predictions under that model and a competitive or "
     "non-competitive law, not measurements."},
    {"pairs",
     "Pairs of cells within a radius are counted exactly, on the coordinates as "
     "read."},
    {"cross_k",
     "K, L and the pair correlation are cross-type, with the edge correction "
     "that the statistic names [ripley] [baddeley]."},
    {"g_function",
     "Nearest-neighbour distribution functions are corrected for the edge "
     "as their names say [baddeley]."},
    {"mixing",
     "Mixing scores compare pairs of unlike with pairs of like cells [keren]."},
    {"enrichment",
     "Neighbours in a graph ({patterns.graph}) are compared with their exact "
     "mean and variance over all ways to deal the labels."},
};

/* Likewise, written when uns has the member. */
static const method of_cohort[] = {
    {"tests",
     "Patients are the unit: a patient is the mean of its slides in a condition. "
     "Conditions are compared by the tests that the table names, by default "
     "Mann-Whitney [mann], exact for few patients, with Cliff's delta [cliff] as "
     "effect; q adjusts p for the false discovery rate [benjamini]."},
    {"curve_tests", "Curves are compared as wholes by extreme rank length and a global "
                    "envelope over permutations of patients [myllymaki]."},
    {"signals",
     "Slopes of slides are combined within patients and pooled over patients "
     "with random effects, by restricted maximum likelihood [viechtbauer] and "
     "with the interval of Hartung and Knapp [hartung]."},
    {"survival",
     "Survival is compared by the log-rank test [mantel] and by Cox's model [cox]."},
};

/* Numbers of the references that were cited, in order; 0: not. */
typedef struct citations {
    size_t number[N_REFERENCES], n;
} citations;

static void cite(citations *c, const char *key, size_t length, cyt_strbuf *html,
                 cyt_error *err)
{
    for (size_t r = 0; r < N_REFERENCES; r++) {
        if (strncmp(references[r].key, key, length) != 0 ||
            references[r].key[length] != '\0')
            continue;
        if (c->number[r] == 0)
            c->number[r] = ++c->n;
        cyt_strbuf_add(html, err, "[<a href=\"#ref-%s\">%zu</a>]", references[r].key,
                       c->number[r]);
    }
}

/* "{section.key}" becomes its value. */
static void put_value(const cyt_report_data *d, const char *word, size_t length,
                      cyt_strbuf *html, cyt_error *err)
{
    char section[64], key[64], value[256];
    const size_t dot = strcspn(word, ".");
    snprintf(section, sizeof section, "%.*s", (int)dot, word);
    snprintf(key, sizeof key, "%.*s", (int)(length - dot - 1), word + dot + 1);
    cyt_report_config_value(d, section, key, value, sizeof value);
    cyt_html_text(html, *value ? value : "not set", err);
}

static void put_sentence(const cyt_report_data *d, const char *text, citations *c,
                         cyt_strbuf *html, cyt_error *err)
{
    for (const char *at = text; *at;) {
        const size_t plain = strcspn(at, "{[");
        cyt_strbuf_bytes(html, at, plain, err);
        at += plain;
        if (!*at)
            break;
        const size_t word = strcspn(at + 1, "}]");
        if (*at == '{')
            put_value(d, at + 1, word, html, err);
        else
            cite(c, at + 1, word, html, err);
        at += word + 2;
    }
    cyt_strbuf_add(html, err, "\n");
}

static int has_analysis(const cyt_report_data *d, const char *analysis)
{
    char prefix[64];
    const size_t *metric;
    snprintf(prefix, sizeof prefix, "%s/", analysis);
    return cyt_report_metrics_of(d, prefix, &metric) > 0;
}

/* The program and libraries that computed. */
static void put_versions(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    const json_t *versions = d->run ? json_object_get(d->run, "versions") : NULL;
    const char *key;
    json_t *value;
    if (!json_is_object(versions)) {
        cyt_strbuf_add(
            html, err,
            "Computed by cytotaxis; run.json, which has the versions, is not "
            "there.\n");
        return;
    }
    cyt_strbuf_add(html, err, "Computed by cytotaxis ");
    const char *own = json_string_value(json_object_get(versions, "cytotaxis"));
    cyt_html_text(html, own ? own : "", err);
    cyt_strbuf_add(html, err, " (");
    int n = 0;
    json_object_foreach((json_t *)versions, key, value)
    {
        const char *text = json_string_value(value);
        if (!text || strcmp(key, "cytotaxis") == 0)
            continue;
        cyt_strbuf_add(html, err, "%s", n++ ? ", " : "");
        if (strcmp(key, "commit") == 0 || strcmp(key, "compiler") == 0) {
            cyt_html_text(html, key, err);
            cyt_strbuf_add(html, err, " ");
        }
        cyt_html_text(html, text, err);
    }
    cyt_strbuf_add(html, err, ").\n");
}

static void put_doi(const char *doi, cyt_strbuf *html, cyt_error *err)
{
    if (!doi)
        return;
    cyt_strbuf_add(html, err, " <a href=\"https://doi.org/");
    cyt_html_address(html, doi, err);
    cyt_strbuf_add(html, err, "\">doi:");
    cyt_html_text(html, doi, err);
    cyt_strbuf_add(html, err, "</a>");
}

static void put_references(const citations *c, cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err, "<h3>References</h3>\n<ol>\n");
    for (size_t k = 1; k <= c->n; k++)
        for (size_t r = 0; r < N_REFERENCES; r++)
            if (c->number[r] == k) {
                cyt_strbuf_add(html, err, "<li id=\"ref-%s\">", references[r].key);
                cyt_html_text(html, references[r].text, err);
                put_doi(references[r].doi, html, err);
                cyt_strbuf_add(html, err, "</li>\n");
            }
    cyt_strbuf_add(html, err, "</ol>\n");
}

cyt_code cyt_section_methods(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    citations c = {0};
    cyt_section_begin(html, "methods", "Methods", err);
    cyt_strbuf_add(html, err, "<p>");
    put_versions(d, html, err);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!methods[i].analysis || has_analysis(d, methods[i].analysis))
            put_sentence(d, methods[i].sentence, &c, html, err);
    for (size_t i = 0; i < sizeof of_cohort / sizeof *of_cohort; i++) {
        char path[64];
        snprintf(path, sizeof path, "uns/%s", of_cohort[i].analysis);
        if (cyt_view_has(d->cohort, path))
            put_sentence(d, of_cohort[i].sentence, &c, html, err);
    }
    cyt_strbuf_add(html, err, "</p>\n");
    put_references(&c, html, err);
    if (*d->config) {
        cyt_strbuf_add(html, err,
                       "<details><summary>The config in effect</summary><pre>");
        cyt_html_text(html, d->config, err);
        cyt_strbuf_add(html, err, "</pre></details>\n");
    }
    cyt_section_end(html, err);
    return err->code;
}
