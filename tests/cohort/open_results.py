"""Open a result folder with the anndata and h5py of this interpreter, and compare with the
CSV the cells came from. Arguments: results, cohort, none | ours | hdf5plugin."""
import csv
import glob
import os
import sys
import warnings

import anndata
import h5py
import numpy as np

out, made, plugin = sys.argv[1:]
if plugin == "hdf5plugin":
    import hdf5plugin  # noqa: F401  registers the filter
warnings.simplefilter("error", category=anndata.ImplicitModificationWarning)

cohort = anndata.read_h5ad(os.path.join(out, "cohort.h5ad"))
sheet = list(csv.DictReader(open(os.path.join(made, "samplesheet.csv"))))
assert list(cohort.obs_names) == [s["sample"] for s in sheet], cohort.obs_names
assert list(cohort.obs["condition"].astype(str)) == [s["condition"] for s in sheet]
assert (cohort.obs["status"].astype(str) == "ok").all()
assert {"n_cells", "area_um2", "patient", "message"} <= set(cohort.obs.columns)
assert {"analysis", "statistic", "type_a", "type_b", "signal", "radius_um", "unit",
        "dose", "margin_um", "description"} <= set(cohort.var.columns), cohort.var.columns
assert cohort.var_names.is_unique
assert cohort.X.shape == (len(sheet), len(cohort.var))
tests = cohort.uns["tests"]
frame = tests[list(tests)[0]]
assert {"metric", "test", "n_a", "n_b", "mean_a", "mean_b", "median_a", "median_b", "effect",
        "statistic", "p", "q"} <= {*frame.columns, frame.index.name}, frame.columns
counts = cohort[:, (cohort.var["analysis"].astype(str) == "composition") &
                (cohort.var["statistic"].astype(str) == "count")]

# Every metric along an axis lies in the curve that is named like it.
along = {name for name in cohort.var_names if "@" in name}
assert along
for curve in cohort.uns["curves"].values():
    x, values = np.asarray(curve["x"]), np.asarray(curve["values"])
    assert len(x) > 1 and (np.diff(x) > 0).all() and values.shape == (len(sheet), len(x))
with h5py.File(os.path.join(out, "cohort.h5ad")) as file:
    for link, curve in file["uns/curves"].items():
        names = [f"{curve.attrs['name']}@{x:.10g}" for x in curve["x"][()]]
        part = cohort[:, names]
        assert (part.var[curve.attrs["axis"]] == curve["x"][()]).all(), link
        assert (part.var["unit"].astype(str) == curve.attrs["unit"]).all(), link
        assert np.array_equal(part.X, curve["values"][()], equal_nan=True), link
        along -= set(names)
assert not along, along

for number, sample in enumerate(sheet):
    name = sample["sample"]
    cells = list(csv.DictReader(open(os.path.join(made, sample["data_path"]))))
    slide = anndata.read_h5ad(os.path.join(out, "slides", name + ".h5ad"))
    assert list(slide.obs_names) == [c["cell_id"] for c in cells]
    assert list(slide.obs["cell_type"].astype(str)) == [c["cell_type"] for c in cells]
    xy = np.array([[float(c["x"]), float(c["y"])] for c in cells])
    assert np.array_equal(slide.obsm["spatial"], xy * float(sample["um_per_px"]))
    near = slide.obsm["nearest_um"]
    assert near.shape[0] == len(cells) and "Tumor" in near.columns, near.columns
    signal = [k for k in slide.obsm if k not in ("spatial", "nearest_um")]
    assert signal, list(slide.obsm)
    assert {"concentration", "grad_x", "grad_y"} <= set(slide.obsm[signal[0]].columns)
    assert "metrics" in slide.uns, list(slide.uns)
    assert set(slide.obs["compartment"].cat.categories) == {"tumour", "stroma"}
    assert slide.obs["margin_um"].notna().any()
    assert list(slide.uns["compartments"].columns) == ["name", "area_um2", "n_cells"]
    assert {"low_um", "centre_um", "high_um", "area_um2", "Tumor"} <= set(
        slide.uns["margin_profile"].columns), slide.uns["margin_profile"].columns
    assert list(slide.uns["margin_zones"].index) == ["core", "inner_margin", "outer_margin",
                                                     "stroma"]
    facts = slide.uns["signals"].loc[signal[0]]
    # The field is solved to a relative residual of 1e-8.
    assert facts["lambda_um"] == 250 and facts["mass_balance_error"] < 1e-7, facts
    assert 0 < facts["residual"] <= 1e-8 and 0 < facts["iterations"] <= 20, facts
    senders = [float(c["CXCL12"]) for c in cells if c["cell_type"] == "Myofibroblast"]
    assert facts["total"] == sum(senders), facts  # whole counts: exact in any order
    assert 0 < facts["concentration_error"] < 1e-6 * facts["largest"], facts
    assert cohort.obs["n_cells"].iloc[number] == len(cells)
    for kind in set(slide.obs["cell_type"].astype(str)):
        at = counts.var_names.get_loc(f"composition/count/{kind}")
        assert counts.X[number, at] == sum(c["cell_type"] == kind for c in cells)

for path in glob.glob(os.path.join(out, "slides", "*.fields.h5")):
    with h5py.File(path) as f:
        maps = []
        f.visititems(lambda n, o: maps.append(o) if isinstance(o, h5py.Dataset)
                     and o.ndim == 2 else None)
        assert maps
        for m in maps:
            assert m.attrs["units"] and m.attrs["long_name"], m.name
            assert m.dims[0].keys() or m.dims[0][0] is not None
            assert 32015 in [m.id.get_create_plist().get_filter(i)[0] for i in
                             range(m.id.get_create_plist().get_nfilters())], m.name
            if plugin != "none":
                assert np.isfinite(m[()]).any(), m.name
        if plugin != "none":
            concentration = f["signal"][list(f["signal"])[0]]["concentration"]
            # NaN outside the tissue
            assert np.nanmin(concentration[()]) >= 0 and np.nanmax(concentration[()]) > 0
print(f"anndata {anndata.__version__}, h5py {h5py.__version__}, HDF5 {h5py.version.hdf5_version}"
      f", raster plugin {plugin}: all opened")
