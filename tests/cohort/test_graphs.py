"""What stands on a graph and on neighbourhoods, from the samplesheet to the files: degrees,
interactions, permutations, autocorrelation of genes, windows and niches against numpy and
scipy; Moran and Geary of real cohorts against spdep; the same bytes for any number of
ranks; cells, genes and graphs with which something is wrong."""
import csv
import json
import os

import anndata
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.spatial import Delaunay, cKDTree
from scipy.stats import norm

from common import *

without_reports()

ROUNDING = 1e-9  # sums of some thousand terms, in another order
PLAIN = ["--set", "output.compression=deflate", "--set", "output.fields=none"]
DEALS = 199
RADIUS = 40.5
NICHES = [2, 3, 5]
rng = np.random.default_rng(3)


# --- two slides off any lattice; a stripe of tumour; one gene that follows the stripe --------
def make_slide(name, n, names):
    xy = rng.uniform(0, 12 * np.sqrt(n), (n, 2))
    stripe = np.abs(xy[:, 0] - 6 * np.sqrt(n)) < 2 * np.sqrt(n)
    kind = np.where(stripe & (rng.random(n) < 0.9), 0, rng.integers(1, len(names), n))
    types = np.array(names)[kind].astype(object)
    types[rng.random(n) < 0.02] = ""
    genes = {"near": rng.poisson(1 + 6 * stripe), "far": rng.poisson(2, n),
             "flat": np.full(n, 3), "holes": np.where(np.arange(n) % 50 == 7, "", "1.5")}
    with open(os.path.join(made, f"{name}.csv"), "w") as f:
        f.write("cell_id,x,y,cell_type," + ",".join(genes) + "\n")
        for i in range(n):
            row = [f"{name}-{i}", *map(repr, xy[i].tolist()), types[i],
                   *(v[i] for v in genes.values())]
            f.write(",".join(map(str, row)) + "\n")
    return xy, types, genes


made = folder("graphs-cohort")
os.makedirs(made)
slides = {"A": make_slide("A", 700, ["Tumor", "T/x", "Stroma"]),
          "B": make_slide("B", 500, ["Tumor", "Stroma", "B cell"])}
sheet = write(os.path.join(made, "sheet.csv"), "sample,data_path,um_per_px,condition\n"
              "A,A.csv,1,x\nB,B.csv,1,y\n")
config = write("graphs.yaml", f"""
compartments: {{from: fraction, tumour: Tumor, bandwidth_um: 30, threshold: 0.5}}
patterns:
  graph: delaunay
  permutations: {DEALS}
  permute: compartment
  seed: 5
  genes: [near, far, flat, holes, nowhere]
  bivariate: [[near, far], [far, near], [near, nowhere], [flat, near]]
  neighbourhood_um: {RADIUS}
  niches: {NICHES}
""")
outs = {}
for ranks in (1, 2, 3, 4, 7):
    outs[ranks] = folder(f"graphs-{ranks}")
    told = run_ok("run", sheet, "--config", config, "--out", outs[ranks], *PLAIN, ranks=ranks)
    check(digests(outs[ranks]) == digests(outs[1]), f"other bytes on {ranks} ranks")
check({"niches.h5ad", "cohort.h5ad"} <= set(digests(outs[1])), "no niches.h5ad")
for what in ("nowhere is NaN: the file has no such column or gene",
             "holes is NaN: some cells have no value"):
    check(told.stderr.count(what) == 2, f"{what}: {told.stderr}")


def read(out, *path):
    a = anndata.read_h5ad(os.path.join(out, *path))
    for frame in a.uns.values():
        if isinstance(frame, pd.DataFrame):
            frame.index = frame.index.astype(str)
    return a


def metric(a, name):
    return a.uns["metrics"].loc[name, "value"]


# --- the graph ----------------------------------------------------------------------------
def links_of(xy):
    """Adjacency, from scipy."""
    start, node = Delaunay(xy).vertex_neighbor_vertices
    return sparse.csr_matrix((np.ones(len(node)), node, start), (len(xy), len(xy)))


def check_graph(a, links, types, names):
    degree = np.asarray(links.sum(1)).ravel().astype(int)
    facts = a.uns["graph"].loc["delaunay"]
    want = [len(degree), (types != "").sum(), degree.sum() / 2, degree.mean(), degree.min(),
            degree.max(), 0]
    check(close(facts[["n_cells", "n_typed", "n_edges", "mean_degree", "degree_min", "degree_max",
                       "n_lonely"]], want, ROUNDING), f"facts: {facts}")
    check(list(a.uns["degrees"]["n_cells"]) == list(np.bincount(degree)), "degrees")
    hot = np.array([types == k for k in names], float)
    count = hot @ links @ hot.T
    check(close(a.uns["interactions"].loc[names, names], count / count.sum(1, keepdims=True),
                ROUNDING),
          "interactions")
    return count


def check_deals(row, prefix, value, what):
    """(b + 1) / (n + 1) of both sides, of which each deal is on one or, tied, on both."""
    more, less = row[f"{prefix}p_more"] * (DEALS + 1), row[f"{prefix}p_less"] * (DEALS + 1)
    check(close([more, less], np.round([more, less]), ROUNDING) and min(more, less) >= 1,
          f"{what}: p is no (b + 1) / (n + 1)")
    check(more + less >= DEALS + 2 - ROUNDING, f"{what}: {more} and {less} deals")
    p = min(1, 2 * min(more, less) / (DEALS + 1))
    check(close([row[f"{prefix}p"]], [p], ROUNDING), f"{what}: two sides")
    z = (value - row[f"{prefix}expected"]) / row[f"{prefix}sd"]
    check(close([row[f"{prefix}z"]], [z], 1e-6), f"{what}: z of deals")


def check_permutations(a, count, names):
    table = a.uns["enrichment"]
    for i, p in enumerate(names):
        for j, q in enumerate(names):
            row = table.loc[f"{p}|{q}"]
            check(row["count"] == count[i, j], f"neighbours {p}|{q}")
            told = row.rename({f"{k}_permuted": f"told_{k}" for k in ("expected", "sd", "z", "p")}
                              | {k: f"told_{k}" for k in ("p_more", "p_less")})
            check_deals(told, "told_", row["count"], f"{p}|{q}")
            for key, column in (("z_permuted",) * 2, ("p_permuted",) * 2, ("expected",) * 2,
                                ("sd",) * 2,
                                ("p",) * 2):
                check(close([metric(a, f"enrichment/{key}/{p}|{q}")], [row[column]], 0),
                      f"metric {key} {p}|{q}")


# --- genes, after Cliff & Ord 1981 ----------------------------------------------------------
def moments(links):
    w = sparse.diags(1 / np.maximum(np.asarray(links.sum(1)).ravel(), 1)) @ links
    both = w + w.T
    side = np.asarray(w.sum(1)).ravel() + np.asarray(w.sum(0)).ravel()
    return w, w.sum(), both.multiply(both).sum() / 2, (side ** 2).sum()


def alike(x, links):
    """{moran, geary}: value, mean, variance and p of both models of chance."""
    w, s0, s1, s2 = moments(links)
    n, z = len(x), x - x.mean()
    m2, b2 = (z ** 2).sum(), (z ** 4).mean() / (z ** 2).mean() ** 2
    i = n / s0 * (z @ (w @ z)) / m2
    coo = w.tocoo()
    c = (n - 1) / (2 * s0) * (coo.data * (x[coo.row] - x[coo.col]) ** 2).sum() / m2
    e = -1 / (n - 1)
    vi_n = (n * n * s1 - n * s2 + 3 * s0 ** 2) / ((n * n - 1) * s0 ** 2) - e ** 2
    vi_r = (n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0 ** 2)
            - b2 * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0 ** 2)) / (
                (n - 1) * (n - 2) * (n - 3) * s0 ** 2) - e ** 2
    vc_n = ((2 * s1 + s2) * (n - 1) - 4 * s0 ** 2) / (2 * (n + 1) * s0 ** 2)
    vc_r = ((n - 1) * s1 * (n * n - 3 * n + 3 - (n - 1) * b2)
            - (n - 1) * s2 * (n * n + 3 * n - 6 - (n * n - n + 2) * b2) / 4
            + s0 ** 2 * (n * n - 3 - (n - 1) ** 2 * b2)) / (n * (n - 2) * (n - 3) * s0 ** 2)
    return {"moran": (i, e, vi_n, vi_r), "geary": (c, 1, vc_n, vc_r)}


def check_genes(a, links, genes):
    table = a.uns["autocorrelation"]
    check(list(table.index) == ["near", "far", "flat", "holes", "nowhere"], "order of genes")
    for gene in ("near", "far"):
        for which, (value, mean, normal, random) in alike(genes[gene].astype(float), links).items():
            row = table.loc[gene]
            got = row[[which, f"{which}_expected", f"{which}_variance_normal",
                       f"{which}_variance_random"]]
            check(close(got, [value, mean, normal, random], 1e-8), f"{which} of {gene}: {got}")
            for model, variance in (("normal", normal), ("random", random)):
                z = (value - mean) / np.sqrt(variance)
                check(close([row[f"{which}_z_{model}"]], [z], 1e-6), f"{which} of {gene}: z")
                check(np.isclose(row[f"{which}_p_{model}"], 2 * norm.sf(abs(z)), rtol=1e-5, atol=0),
                      f"{which} of {gene}: p")
            told = row.rename({f"{which}_{k}_permuted": f"told_{k}" for k in
                               ("expected", "sd", "z", "p", "p_more", "p_less")})
            check_deals(told, "told_", value, f"{which} of {gene}")
            for key, column in (("value", which), ("z", f"{which}_z_random"),
                                ("p", f"{which}_p_random"),
                                ("p_permuted", f"{which}_p_permuted")):
                check(close([metric(a, f"{which}/{key}/{gene}")], [row[column]], 0),
                      f"metric {which}/{key}")
    for gene in ("flat", "holes", "nowhere"):
        check(np.isnan(metric(a, f"moran/value/{gene}")), f"{gene} has an autocorrelation")
        check(np.isnan(table.loc[gene].drop(["moran_expected",
                                             "geary_expected"]).to_numpy(float)).all(),
              f"{gene}: {table.loc[gene]}")
    check(metric(a, "moran/p/near") < 1e-6, "the gene of the stripe is not seen")


def check_pairs(a, links, genes):
    table = a.uns["bivariate_moran"]
    w, s0, _, _ = moments(links)
    for x, y in (("near", "far"), ("far", "near")):
        zx, zy = (genes[k] - genes[k].mean() for k in (x, y))
        lag, n = w @ zy, len(zx)
        scale = n / s0 / np.sqrt((zx ** 2).sum() * (zy ** 2).sum())
        value = scale * (zx @ lag)
        variance = scale ** 2 * ((lag - lag.mean()) ** 2).sum() * (zx ** 2).sum() / (n - 1)
        row = table.loc[f"{x}|{y}"]
        check(close(row[["moran", "moran_variance_random"]].astype(float), [value, variance], 1e-8),
              f"bivariate {x}|{y}")
        check(close([metric(a, f"bivariate_moran/z/{x}|{y}")], [value / np.sqrt(variance)], 1e-6),
              f"z of {x}|{y}")
        told = row.rename({f"moran_{k}_permuted": f"told_{k}" for k in
                           ("expected", "sd", "z", "p", "p_more", "p_less")})
        check_deals(told, "told_", value, f"bivariate {x}|{y}")
        check(metric(a, f"bivariate_moran/p_permuted/{x}|{y}") == row["moran_p_permuted"],
              f"p of deals of {x}|{y}")
    for name in ("near|nowhere", "flat|near"):
        check(np.isnan(table.loc[name, "moran"]), f"{name} has a bivariate Moran")


# --- what surrounds each cell ---------------------------------------------------------------
def windows_of(xy, types, names):
    near = cKDTree(xy).query_ball_point(xy, RADIUS)
    return np.array([[sum(types[j] == k for j in row if j != i) for k in names]
                     for i, row in enumerate(near)])


def check_windows(a, window, types, names):
    check((a.obsm["neighbourhood"][names].to_numpy() == window).all(), "neighbourhoods")
    total = window.sum(1)
    check((a.obs[f"n_within_{RADIUS}um"] == total).all(), "n_within")
    with np.errstate(invalid="ignore", divide="ignore"):
        share = window / total[:, None]
        bits = -np.where(share > 0, share * np.log2(share), 0).sum(1)
    for k, p in enumerate(names):
        mine = (types == p) & (total > 0)
        check(close([metric(a, f"neighbourhood/entropy/{p}")], [bits[mine].mean()], ROUNDING),
              f"entropy {p}")
        for j, q in enumerate(names):
            check(close([metric(a, f"neighbourhood/share/{p}|{q}")], [share[mine, j].mean()],
                        ROUNDING),
                  f"share {p}|{q}")


def names_of(types):
    return sorted(set(types) - {""})


windows = []
every = sorted({k for _, types, _ in slides.values() for k in names_of(types)})
for sample, (xy, types, genes) in slides.items():
    a = read(outs[1], "slides", f"{sample}.h5ad")
    names, links = names_of(types), links_of(xy)
    around = a.obsm["neighbourhood"]
    around.columns = [c.replace("T_x", "T/x") for c in around.columns]
    a.uns["interactions"].columns = [c.replace("T_x", "T/x") for c in a.uns["interactions"].columns]
    check_permutations(a, check_graph(a, links, types, names), names)
    check_genes(a, links, genes)
    check_pairs(a, links, genes)
    window = windows_of(xy, types, names)
    check_windows(a, window, types, names)
    wide = np.zeros((len(xy), len(every)))
    wide[:, [every.index(k) for k in names]] = window
    windows.append(wide)

# A global deal has the exact moments: each of 5 standard errors, once in a million.
out = folder("graphs-global")
run_ok("run", sheet, "--out", out, "-q", *PLAIN, "--set",
       f"patterns={{graph: delaunay, permutations: {DEALS}, neighbourhood_k: 9, metric_types: Tumor}}")
for sample in slides:
    a = read(out, "slides", f"{sample}.h5ad")
    t = a.uns["enrichment"]
    told = {m.rsplit("/", 1)[1] for m in a.uns["metrics"].index if m.startswith(("enri", "neighb"))}
    check(told == {"Tumor", "Tumor|Tumor"}, f"metrics of other types: {told}")
    off = np.abs(t["expected_permuted"] - t["expected"]) / (t["sd"] / np.sqrt(DEALS))
    check((off < 5).all(), f"{sample}: permuted means off by {off.max()} standard errors")
    off = np.abs(t["sd_permuted"] / t["sd"] - 1) * np.sqrt(2 * DEALS)
    check((off < 5).all(), f"{sample}: permuted sd off by {off.max()} standard errors")
inside = read(outs[1], "slides", "A.h5ad").uns["enrichment"]
check(abs(inside.loc["Tumor|Tumor", "z_permuted"]) < abs(inside.loc["Tumor|Tumor", "z"]) / 2,
      "compartments do not explain who neighbours whom")

# --- niches ---------------------------------------------------------------------------------
cells = read(outs[1], "niches.h5ad").obs
whole = read(outs[1], "cohort.h5ad")
check(list(cells.index) == [f"{s}:{s}-{i}" for s, v in slides.items() for i in range(len(v[0]))],
      "order of cells")
check(list(cells["sample"].astype(str)) == [s for s, v in slides.items() for _ in v[0]], "samples")
around = np.concatenate(windows)
lives = around.sum(1) > 0
check((cells["niche"].isna().to_numpy() == ~lives).all(), "cells alone are in no niche")
share = around[lives] / around[lives].sum(1, keepdims=True)
label = cells["niche"][lives].astype(str).to_numpy()
centres = whole.uns["niche_centres"]
centres.columns = [c.replace("T_x", "T/x") for c in centres.columns]
centre = centres[every].to_numpy()
scan = whole.uns["niche_scan"]
check(list(scan["asked"]) == NICHES and scan["settled"].all(), f"scan: {scan}")
chosen = scan["k"][scan["calinski_harabasz"].argmax()]
check(len(centre) == chosen, f"{len(centre)} niches, not {chosen}")
distance = ((share[:, None] - centre[None]) ** 2).sum(2)
check((np.array(centres.index)[distance.argmin(1)] == label).all(),
      "cells are in their nearest niche")
for k, name in enumerate(centres.index):
    check(np.allclose(share[label == name].mean(0), centre[k], rtol=0, atol=1e-12),
          f"centre of niche {name}")
sizes = np.array([(label == k).sum() for k in centres.index])
check(list(whole.uns["niches"]["n_cells"]) == list(sizes) and (np.diff(sizes) <= 0).all(), "sizes")
check(close(whole.uns["niches"]["fraction"], sizes / lives.sum(), ROUNDING), "fractions")
n, inertia = len(share), distance.min(1).sum()
spread = ((share - share.mean(0)) ** 2).sum()
best = scan.loc[str(int(chosen))]
check(close([best["inertia"]], [inertia], ROUNDING), "inertia")
check(close([best["calinski_harabasz"]],
            [(spread - inertia) / (chosen - 1) / (inertia / (n - chosen))], ROUNDING), "index")
of = cells["sample"][lives].astype(str).to_numpy()
for s in slides:
    for k in centres.index:
        got = whole.X[list(whole.obs_names).index(s),
                      list(whole.var_names).index(f"niche/fraction/{k}")]
        check(close([got], [((of == s) & (label == k)).sum() / (of == s).sum()], ROUNDING),
              f"fraction of niche {k} on {s}")
check(scan["inertia"].is_monotonic_decreasing, "more niches fit worse")
check("niche/fraction/1" in whole.uns["tests"]["x vs y"].index.astype(str),
      "niches are not compared")


# --- spdep ----------------------------------------------------------------------------------
def compare_spdep(name):
    """spdep counts N without the cells that have no neighbour: I and C are scaled."""
    path = os.path.join(DATA, "reference", name, "moran_geary_spdep.csv")
    with open(path) as f:
        wanted = [r for r in csv.DictReader(f) if r["variance_under"] == "normality"]
    markers = sorted({r["marker"] for r in wanted})
    radius, = {r["r"] for r in wanted}
    lines = ["sample,data_path,format,um_per_px,x,y,id,type,filter"]
    for slide in sorted({r["slide"] for r in wanted}):
        cells = os.path.join(DATA, "cohorts", name, "cells.csv.gz")
        lines.append(f"{slide},{cells},csv,1,x,y,cell_id,cell_type,slide={slide}")
    real = write(f"{name}.csv", "\n".join(lines) + "\n")
    for style, weights in (("W", "row"), ("B", "binary")):
        out = folder(f"graphs-{name}-{weights}")
        run_ok("run", real, "--out", out, "-q", *PLAIN, "--set", "units.gate=off", "--set",
               "grid.spacing_um=20", "--set", f"patterns={{graph: radius, graph_radius_um: {radius}, "
               f"genes: [{', '.join(markers)}], weights: {weights}}}", ranks=2)
        mine = [r for r in wanted if r["style"] == style]
        for r in mine:
            a = read(out, "slides", f"{r['slide']}.h5ad")
            n, alone = int(r["n"]), int(r["no_neighbour"])
            check(a.uns["graph"].loc["radius", "n_lonely"] == alone, f"{name}: cells alone")
            check(a.uns["graph"].loc["radius", "n_edges"] == int(r["links"]) / 2, f"{name}: links")
            row = a.uns["autocorrelation"].loc[r["marker"]]
            check(close([row["moran"], row["geary"]],
                        [float(r["I"]) * n / (n - alone),
                         float(r["C"]) * (n - 1) / (n - alone - 1)],
                        ROUNDING), f"{name} {r['slide']} {r['marker']} {style}")
        print(f"{name}: {len(mine)} Moran and Geary of spdep, weights {weights}")


real = [c for c in (["mccaffrey_tb_granuloma_mibi", "osmfish_cortex", "akoya_set4_vectra"] if FULL
                    else ["mccaffrey_tb_granuloma_mibi"])
        if os.path.exists(os.path.join(DATA, "reference", c, "moran_geary_spdep.csv"))]
for name in real:
    compare_spdep(name)
print("no cohort of spdep under CYTOTAXIS_DATA" if not real else f"spdep: {real}")


# --- what is wrong with cells or config -------------------------------------------------------
def small(name, rows, patterns, told, ranks=2):
    """Run a slide of a few cells; its warnings are told; the slide and the cohort."""
    text = "cell_id,x,y,cell_type,G\n" + "".join(f"c{i},{r}\n" for i, r in enumerate(rows))
    write(f"{name}/cells.csv", text)
    sheet = write(f"{name}/sheet.csv", "sample,data_path,um_per_px\nS,cells.csv,1\n")
    out = folder(f"{name}/out")
    done = run_ok("run", sheet, "--out", out, *PLAIN, "--set", f"patterns={patterns}", ranks=ranks)
    check(told in done.stderr, f"{name}: {done.stderr}")
    return read(out, "slides", "S.h5ad"), out


three = ["0,0,a,1", "30,0,b,2", "0,40,a,3"]
a, _ = small("no-edges", three, "{graph: radius, graph_radius_um: 5, genes: G, permutations: 9}",
             "no two cells are neighbours in the graph")
check(np.isnan(metric(a, "moran/value/G")) and metric(a, "enrichment/count/a|b") == 0, "no edges")
check(np.isnan(a.uns["interactions"].to_numpy(float)).all(), "interactions without edges")
a, out = small("few", three, "{neighbourhood_um: 45, niches: 9}",
               "niches: 2 in place of 9, because the cohort has no more different neighbourhoods")
check(len(read(out, "cohort.h5ad").uns["niches"]) == 2, "niches of few cells")
a, out = small("alone", three, "{neighbourhood_um: 5, niches: 2}",
               "niches are left out: no cell has neighbours")
check(np.isnan(metric(a, "neighbourhood/entropy/a")), "entropy of nothing")
check("niches" not in read(out, "cohort.h5ad").uns, "niches of nothing")
check(not os.path.exists(os.path.join(out, "niches.h5ad")), "niches.h5ad of nothing")
a, _ = small("nearest", three, "{neighbourhood_k: 1}", "")
check(a.obsm["neighbourhood"].to_numpy().tolist() == [[0, 1], [1, 0], [1, 0]], "the nearest cell")
check(list(a.obs) == ["cell_type"], "n_within without a radius")
a, _ = small("one", ["3,4,a,1"], "{graph: delaunay, genes: G, permutations: 9, neighbourhood_k: 3, "
             "niches: 2}", "no two cells are neighbours", ranks=3)
check(metric(a, "enrichment/count/a|a") == 0, "one cell")
a, _ = small("log", ["0,0,a,-1", "30,0,b,2", "0,40,a,3"],
             "{graph: delaunay, genes: G, gene_transform: log1p}", "some values are -1 or less")
check(np.isnan(metric(a, "geary/value/G")), "log of nothing")

# A search in the strips of others, which Delaunay's graph does without, fails on one rank.
for rank in (0, 2):
    out = folder("graphs-fault")
    done = cytotaxis("run", sheet, "--out", out, "-q", *PLAIN, "--set",
                     "patterns={graph: knn, graph_k: 6}", "--groups", 1, ranks=3,
                     env={"CYTOTAXIS_FAULT": f"graph.search:{rank}:A"})
    with open(os.path.join(out, "run.json")) as f:
        failed = [s for s in json.load(f)["slides"] if s["status"] == "failed"]
    failed = [(s["sample"], s["failed_rank"]) for s in failed]
    check(done.returncode == 1 and failed == [("A", rank)],
          f"graph.search on rank {rank}: {done.returncode}, {failed}")
    check(sorted(digests(out)) == ["cohort.h5ad", "slides/B.h5ad"], f"left: {sorted(digests(out))}")

# Layers: one for all that is read.
done = cytotaxis("check", sheet, "--set",
                 "patterns={graph: delaunay, genes: near, gene_layer: raw}", "--set",
                 "signals=[{name: s, ligand: near, expression: {transform: counts}, senders: Tumor, "
                 "lambda_um: 50}]")
check(done.returncode == 78 and "signal s reads another layer (X) than patterns.gene_layer (raw)" in
      done.stderr, f"layers: {done.stderr}")
finish()
