"""The distance to the border between tumour and stroma of a real field, against the one that
the instrument's own program gave for each cell (akoya_set4_vectra, inForm)."""
import csv
import gzip
import os

import anndata
import numpy as np

from common import *

without_reports()

need_data("akoya_set4_vectra")
source = os.path.join(DATA, "cohorts", "akoya_set4_vectra", "cells.csv.gz")
PIXEL_UM = 5
# inForm divides the image itself, we the space between cells that it labelled: both draw
# the border between the same cells, somewhere within the few um that part their centres.
# The median difference must be less than a pixel, and most cells within two.
sheet = write("akoya.csv", "sample,data_path,um_per_px,x,y,id,type,compartment\n"
              f"A,{os.path.abspath(source)},1,x,y,cell_id,cell_type,tissue_category\n")
seen = []
for ranks in (1, 3):
    out = folder("margin-akoya")
    run_ok("run", sheet, "--out", out, "-q", "--set", f"grid.spacing_um={PIXEL_UM}", "--set",
           "output.compression=deflate", "--set", "tissue={from: reach, reach_um: 30}", "--set",
           "compartments={from: labels, tumour: Tumor}", ranks=ranks)
    seen.append(digests(out))
check(seen[0] == seen[1], "other bytes on three ranks")
table = anndata.read_h5ad(os.path.join(out, "slides", "A.h5ad"))
with gzip.open(source, "rt", newline="") as f:
    given = list(csv.DictReader(f))
category = np.array([c["tissue_category"] for c in given])
distance = np.array([float(c["distance_to_tissue_edge_um"] or "nan") for c in given])
phi = table.obs["margin_um"].to_numpy()
check(np.isfinite(phi).all() and len(phi) == 6072, "cells without a margin")
same = (table.obs["compartment"].astype(str).to_numpy() == category).mean()
check(same > 0.99, f"compartment is the category of {same:.1%} of the cells")
has = np.isfinite(distance)
signed = np.where(category == "Tumor", -distance, distance)
off = np.abs(phi - signed)[has]
check(has.sum() > 5000, f"only {has.sum()} distances given")
check(np.median(off) < PIXEL_UM, f"median difference {np.median(off)} um")
check((off < 2 * PIXEL_UM).mean() > 0.95, f"{(off < 2 * PIXEL_UM).mean():.1%} within two pixels")
check(np.corrcoef(phi[has], signed[has])[0, 1] > 0.98, "correlation")
print(f"akoya: {has.sum()} distances: median difference {np.median(off):.2f} um, "
      f"{(off < PIXEL_UM).mean():.0%} within a pixel, "
      f"{(off < 2 * PIXEL_UM).mean():.0%} within two")
finish()
