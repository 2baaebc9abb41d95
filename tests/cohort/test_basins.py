"""Basins of signals, from the samplesheet to the file: summits, passes and areas against
the written concentration by scipy's components, cells against their positions; none
unless asked for; the same bytes for any number of ranks."""
import os

import anndata
import h5py
import numpy as np
from scipy import ndimage

from common import *

without_reports()

DEPTH = 0.02
# Rasters are float32: a level between two of its neighbours is known to this.
FLOAT = 1e-6
made = folder("basins-cohort")
run_ok("synth", "--out", made, "--slides", 2, "--cells", 1500, "--seed", 5)
sheet = os.path.join(made, "samplesheet.csv")
SIGNALS = """
tissue: {from: reach, reach_um: 25, close_um: 15}
signals:
  - name: s
    ligand: {Myofibroblast: 1}
    senders: [Myofibroblast]
    responders: [CD8 T, B]
    lambda_um: 60
    c_over_kd: [20, 500]
  - name: absent
    ligand: {Nobody: 1}
    senders: [Nobody]
    lambda_um: 60
"""
config = write("basins.yaml", SIGNALS + f"trap: {{basin_depth: {DEPTH}}}\n")


def run(name, config, ranks=1):
    out = folder(f"{name}-{ranks}")
    run_ok("run", sheet, "--config", config, "--out", out, "-q", "--set",
           "output.compression=deflate", ranks=ranks)
    return out


outs = [run("basins", config, n) for n in (1, 2, 3, 4, 7)]
want = digests(outs[0])
for out in outs[1:]:
    check(digests(out) == want, f"other bytes in {out}")
plain = run("no-basins", write("plain.yaml", SIGNALS))
check("basins" not in anndata.read_h5ad(os.path.join(plain, "slides", "S01.h5ad")).uns,
      "basins that nobody asked for")

slide = anndata.read_h5ad(os.path.join(outs[0], "slides", "S01.h5ad"))
basins = slide.uns["basins"]
check(set(basins["signal"].astype(str)) == {"s"}, "a signal nobody sends has basins")
with h5py.File(os.path.join(outs[0], "slides", "S01.fields.h5")) as f:
    c, label = f["signal/s/concentration"][()], f["signal/s/basin"][()]
    x, y, tissue = f["x"][()], f["y"][()], f["tissue"][()] > 0
check(6 < len(basins) < 300, f"{len(basins)} basins")
check((np.isfinite(label) == tissue).all(), "basins are not the tissue")
number = np.where(tissue, np.nan_to_num(label), 0).astype(int)
check(set(np.unique(number[tissue])) == set(range(1, len(basins) + 1)), "numbers")
spread = c[tissue].max() - c[tissue].min()
h = x[1] - x[0]
col = np.rint((basins["x_um"].to_numpy() - x[0]) / h).astype(int)
row = np.rint((basins["y_um"].to_numpy() - y[0]) / h).astype(int)
summit = c[row, col]
touching = np.ones((3, 3))
for k, b in enumerate(basins.itertuples()):
    mine = number == k + 1
    check(number[row[k], col[k]] == k + 1, f"basin {k}: its summit lies elsewhere")
    check(summit[k] == c[mine].max(), f"basin {k}: its summit is not its highest pixel")
    check(close(b.concentration, summit[k], FLOAT), f"basin {k}: height")
    check(close(b.area_um2, mine.sum() * h * h, 1e-12), f"basin {k}: area")
    check(b.concentration_depth == b.concentration - b.concentration_at_pass,
          f"basin {k}: depth")
    check(b.is_highest or b.concentration_depth >= DEPTH * spread * (1 - FLOAT),
          f"basin {k}: too shallow")
    over = [ndimage.label(tissue & (c >= b.concentration_at_pass * (1 + s * 2 * FLOAT)),
                          touching)[0] for s in (-1, 1)]
    higher = [(o[row, col] == o[row[k], col[k]]) & (summit > summit[k]) for o in over]
    if b.is_highest:
        check(not higher[0].any(), f"basin {k}: there is a higher summit")
        piece = over[0] == over[0][row[k], col[k]]
        check(close(b.concentration_at_pass, c[piece].min(), FLOAT), f"basin {k}: floor")
    else:
        check(higher[0].any() and not higher[1].any(), f"basin {k}: pass")

# What lies in them: the pixel of a cell is that of its position.
xy = slide.obsm["spatial"]
at = number[np.floor((xy[:, 1] - y[0]) / h + 0.5).astype(int),
            np.floor((xy[:, 0] - x[0]) / h + 0.5).astype(int)]
types = slide.obs["cell_type"].astype(str).to_numpy()
for name, column in (("CD8 T", "n CD8 T"), ("B", "n B"), ("Myofibroblast", "n_senders")):
    counts = np.bincount(at[types == name], minlength=len(basins) + 1)[1:]
    check((basins[column].to_numpy() == counts).all() and counts.sum() > 20,
          f"cells of type {name}")
for f in (20, 500):
    def theta(v):
        return f * v / (1 + f * v)
    depth = theta(basins["concentration"]) - theta(basins["concentration_at_pass"])
    check(close(basins[f"occupancy_depth@{f}"], depth, 1e-9), f"occupancy at c/Kd {f}")
finish()
