// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file page.c
 * @brief What surrounds the sections: the style sheet, the list of contents, the few
 * lines of script that sort tables.
 *
 * The page asks for nothing from elsewhere, and says so to the browser (its policy
 * allows only what stands in it). Without the script everything is there, but tables
 * keep their order. Colours are variables, so that light, dark and print differ in a
 * few lines.
 */
#include "report/report_parts.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1d1f;--soft:#575d63;--paper:#fff;"
    "--card:#f4f5f6;--rule:#d7dadd;--link:#00559f}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6e7e8;--soft:#a5abb2;"
    "--paper:#16181b;--card:#212428;--rule:#3b4046;--link:#86bdf2}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:75rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.25rem;margin:0 0 .5rem}"
    "h3{font-size:1rem;margin:1rem 0 .25rem}\n"
    "p{max-width:46rem;margin:.4rem 0}.soft{color:var(--soft)}"
    "a{color:var(--link)}\n"
    "nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;margin:.5rem 0;"
    "list-style:none}\n"
    "section{border-top:1px solid var(--rule);padding:1.25rem 0}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));"
    "gap:.5rem;margin:.5rem 0}\n"
    ".tile{background:var(--card);border-radius:.4rem;padding:.5rem .75rem}"
    ".tile b{display:block;font-size:1.4rem;font-variant-numeric:tabular-nums}\n"
    ".bad{color:#b3261e;font-weight:600}"
    "@media (prefers-color-scheme:dark){.bad{color:#ff9d94}}\n"
    ".panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(18rem,100%)"
    ","
    "1fr));gap:1rem;align-items:start;margin:.5rem 0}\n"
    "figure{margin:0;max-width:29rem;min-width:0}figcaption{font-size:.85rem;"
    "color:var(--soft)}figcaption b{color:var(--ink)}\n"
    "svg{display:block;width:100%;height:auto}svg text{font-size:11px;fill:var(--soft)}"
    "svg .lab{fill:var(--ink)}svg .tiny{font-size:9px}svg .halo text{paint-order:"
    "stroke;stroke:var(--paper);stroke-width:4px}\n"
    ".grid{stroke:var(--rule);stroke-width:1;fill:none}.axis{stroke:var(--soft);"
    "stroke-width:1;fill:none}.zero{stroke:var(--soft);stroke-dasharray:3 3;fill:none}"
    ".line{fill:none;stroke-width:2.2}.band{opacity:.22;stroke:none}"
    ".ink{fill:var(--ink)}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:.15rem 1rem;padding:0;margin:.4rem 0;"
    "list-style:none;font-size:.9rem}.legend li{display:flex;align-items:center;"
    "gap:.4rem}.key{width:30px;height:10px;flex:none}.dot{width:.8rem;height:.8rem;"
    "border-radius:50%;flex:none}\n"
    ".scroll{overflow-x:auto;max-width:100%;margin:.5rem 0}.tall{overflow-y:auto;"
    "max-height:34rem}\n"
    "table{border-collapse:collapse;font-size:.85rem}th,td{padding:.2rem .6rem;"
    "text-align:left;border-bottom:1px solid var(--rule);vertical-align:top;"
    "overflow-wrap:normal}th{white-space:nowrap}thead th{position:sticky;top:0;"
    "background:var(--paper)}.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}.w{white-space:nowrap}\n"
    "th button{all:unset;cursor:pointer}th button:focus-visible{outline:2px solid "
    "var(--link)}th[aria-sort=ascending] button::after{content:\" \\2191\"}"
    "th[aria-sort=descending] button::after{content:\" \\2193\"}\n"
    "input{font:inherit;padding:.2rem .5rem;width:100%;max-width:20rem;"
    "background:var(--card);color:var(--ink);border:1px solid var(--rule);"
    "border-radius:.3rem}\n"
    "summary{cursor:pointer;margin:.4rem 0}pre{overflow-x:auto;background:var(--card);"
    "padding:.75rem;font-size:.8rem;line-height:1.4}\n"
    ".slides{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%)"
    ","
    "1fr));gap:1rem}\n"
    ".slides.one{grid-template-columns:repeat(auto-fill,minmax(min(12rem,100%),1fr))}"
    ".one .maps{grid-template-columns:1fr}\n"
    ".slide{background:var(--card);border-radius:.4rem;padding:.6rem;min-width:0}"
    ".slide h3{margin:0}.slide "
    "p{font-size:.85rem}.maps{display:grid;grid-template-columns:1fr 1fr;gap:.5rem;"
    "margin-top:.4rem}.maps img{display:block;width:100%;height:auto;background:#fff;"
    "image-rendering:auto;border:1px solid var(--rule)}\n"
    ".ramp{display:flex;gap:.3rem;align-items:center;font-size:.75rem;"
    "flex-wrap:wrap;overflow-wrap:normal}.ramp i{flex:1;height:.5rem;min-width:2rem}\n"
    "@media print{body{max-width:none;font-size:10pt}nav,input{display:none}"
    "section{break-inside:auto}figure,.slide,tr{break-inside:avoid}"
    ".scroll{overflow:visible;max-height:none}table{font-size:7pt}th,.w{white-space:"
    "normal}a{color:inherit}}\n";

/* Sort by a column when its head is pressed, show the rows that contain a text, and
 * open what is folded before printing. */
static const char script[] =
    "'use strict';\n"
    "document.querySelectorAll('table.sortable').forEach(function(t){\n"
    "var b=t.tBodies[0],h=t.tHead.rows[0].cells;\n"
    "function key(r,i){var c=r.cells[i],v=c.getAttribute('data-v');\n"
    "return v!==null?parseFloat(v):c.className==='n'?NaN:c.textContent}\n"
    "Array.prototype.forEach.call(h,function(th,i){\n"
    "var k=document.createElement('button');k.type='button';\n"
    "while(th.firstChild)k.appendChild(th.firstChild);th.appendChild(k);\n"
    "k.addEventListener('click',function(){\n"
    "var up=th.getAttribute('aria-sort')!=='ascending';\n"
    "Array.prototype.forEach.call(h,function(o){o.removeAttribute('aria-sort')});\n"
    "th.setAttribute('aria-sort',up?'ascending':'descending');\n"
    "Array.prototype.slice.call(b.rows).sort(function(x,y){\n"
    "var p=key(x,i),q=key(y,i);if(p!==p)return q!==q?0:1;if(q!==q)return -1;\n"
    "return (p<q?-1:p>q?1:0)*(up?1:-1)}).forEach(function(r){b.appendChild(r)})})});\n"
    "if(b.rows.length<10)return;\n"
    "var f=document.createElement('input');f.type='search';\n"
    "f.placeholder='show rows that contain \\u2026';f.setAttribute('aria-label',"
    "'show rows that contain');\n"
    "t.parentNode.parentNode.insertBefore(f,t.parentNode);\n"
    "f.addEventListener('input',function(){var w=f.value.toLowerCase();\n"
    "Array.prototype.forEach.call(b.rows,function(r){\n"
    "r.hidden=r.textContent.toLowerCase().indexOf(w)<0})})});\n"
    "addEventListener('beforeprint',function(){\n"
    "document.querySelectorAll('details').forEach(function(d){d.open=true})});\n";

void cyt_page_begin(cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err,
                   "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                   "<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, "
                   "initial-scale=1\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                   "'none'; img-src data:; style-src 'unsafe-inline'; script-src "
                   "'unsafe-inline'\">\n"
                   "<title>cytotaxis: report of a cohort</title>\n<style>\n%s</style>\n"
                   "</head>\n<body>\n"
                   "<h1>Report of a cohort</h1>\n<p class=\"soft\">cytotaxis: which "
                   "signals hold which cells where, and in which patients</p>\n",
                   style);
    static const struct {
        const char *id, *name;
    } part[] = {{"glance", "At a glance"}, {"composition", "Composition"},
                {"margin", "Margin"},      {"trap", "Trap"},
                {"tests", "Tests"},        {"block", "Block"},
                {"patterns", "Patterns"},  {"gallery", "Slides"},
                {"methods", "Methods"},    {"warnings", "Warnings"},
                {"run", "This run"}};
    cyt_strbuf_add(html, err, "<nav aria-label=\"contents\"><ul>");
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        cyt_strbuf_add(html, err, "<li><a href=\"#%s\">%s</a></li>", part[i].id,
                       part[i].name);
    cyt_strbuf_add(html, err, "</ul></nav>\n<main>\n");
}

void cyt_page_end(cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err, "</main>\n<script>\n%s</script>\n</body>\n</html>\n",
                   script);
}

void cyt_section_begin(cyt_strbuf *html, const char *id, const char *title,
                       cyt_error *err)
{
    cyt_strbuf_add(html, err, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void cyt_section_end(cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err, "</section>\n");
}

void cyt_section_missing(cyt_strbuf *html, const char *id, const char *title,
                         const char *how, cyt_error *err)
{
    cyt_section_begin(html, id, title, err);
    cyt_strbuf_add(html, err, "<p class=\"soft\">%s</p>\n", how);
    cyt_section_end(html, err);
}
