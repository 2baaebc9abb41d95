"""Annotated regions: each cell and each pixel has the first region that holds it, by
another program's arithmetic; areas; warnings; what is refused, and with which status.
Without regions a slide's files are what they were."""
import gzip
import json
import os

import anndata
import h5py
import numpy as np

from common import *

without_reports()

UM = 0.5
# No plugin is needed then, which a build with sanitizers could not give to Python.
PLAIN = ["--set", "output.compression=deflate"]
made = folder("regions-cohort")
run_ok("synth", "--out", made, "--slides", 1, "--cells", 700, "--seed", 5)
plain = os.path.join(made, "samplesheet.csv")
regions = write(os.path.join(made, "regions.geojson"), geojson(REGIONS))
LABELS = ["Tumor", "Stroma \u00e9", "nowhere"]


def crossings(ring, x, y):
    """Parity of the edges to the right of each point."""
    odd = np.zeros(x.shape, bool)
    ends = np.array(ring, float) * UM
    for (ax, ay), (bx, by) in zip(ends, np.roll(ends, -1, axis=0)):
        if ay == by:
            continue
        holds = (np.minimum(ay, by) <= y) & (y < np.maximum(ay, by))
        odd ^= holds & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return odd


def labels_of(x, y):
    found = np.full(x.shape, -1)
    for label, rings in REGIONS:
        inside = np.logical_xor.reduce([crossings(ring, x, y) for ring in rings])
        found[(found < 0) & inside] = LABELS.index(label)
    return found


def area_of(ring):
    x, y = np.array(ring, float).T * UM
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def result(out):
    name, = (f[:-5] for f in os.listdir(os.path.join(out, "slides")) if f.endswith("h5ad"))
    return [os.path.join(out, "slides", name + end) for end in (".h5ad", ".fields.h5")]


out = folder("regions-out")
done = run_ok("run", with_regions(plain, regions, UM), "--out", out, *PLAIN,
              ranks=3)
cells, fields = result(out)
table = anndata.read_h5ad(cells)
want = labels_of(*table.obsm["spatial"].T)
check(list(table.obs["region"].cat.categories) == LABELS, "categories of obs/region")
check((table.obs["region"].cat.codes.to_numpy() == want).all(), "obs/region")
check((want == 0).any() and (want == 1).any() and (want < 0).any(), "too few regions hit")
frame = table.uns["regions"]
check(list(frame["label"]) == LABELS and list(frame.index) == LABELS, "labels of uns/regions")
check(list(frame["n_cells"]) == [(want == k).sum() for k in range(3)], "n_cells")
areas = [sum(area_of(r[0]) - sum(map(area_of, r[1:])) for l, r in REGIONS if l == label)
         for label in LABELS]
check(close(frame["area_um2"], areas, 1e-14), f"areas {list(frame['area_um2'])} {areas}")
with h5py.File(fields) as f:
    x, y = np.meshgrid(f["x"][()], f["y"][()])
    check(f["region"].dtype == np.uint8, "the raster is of bytes")
    check((f["region"][()] == labels_of(x, y) + 1).all(), "/region")
    check(text(f["region"].attrs["labels"]) == LABELS, "names of the raster's labels")
    check(f["region"].dims[0][0] == f["y"], "the raster has its axes")
warned = [l for l in done.stderr.splitlines() if "warning" in l and "regions.geojson" in l]
check(len(warned) == 1 and "lie in Tumor and in Stroma" in warned[0], f"warnings {warned}")

# No regions: the files differ by what regions add, and by nothing else.
bare = folder("regions-bare")
run_ok("run", plain, "--out", bare, "-q", *PLAIN, ranks=2)


def contents(path):
    found = {}
    with h5py.File(path) as f:
        f.visititems(lambda n, o: found.update({n: o[()].tobytes()})
                     if isinstance(o, h5py.Dataset) else None)
    return found


for a, b, more in zip(result(bare), result(out), ({"obs/region", "uns/regions"}, {"region"})):
    a, b = contents(a), contents(b)
    added = {n for n in b if n not in a}
    check(all(any(n.startswith(m) for m in more) for n in added) and added, f"{added} added")
    check(all(np.array_equal(a[n], b[n]) for n in a), "another value because of regions")

# Other formats, packings and a map say the same of the same squares.
halo = "<Annotations>" + "".join(
    f'<Annotation Name="{label}"><Regions>' + "".join(
        f'<Region Type="Polygon" NegativeROA="{int(k > 0)}"><Vertices>' +
        "".join(f'<V X="{x}" Y="{y}"/>' for x, y in ring) + "</Vertices></Region>"
        for k, ring in enumerate(rings)) + "</Regions></Annotation>"
    for label, rings in REGIONS) + "</Annotations>"
turned = geojson([(l, [[[y, -x - 3] for x, y in ring] for ring in rings])
                  for l, rings in REGIONS])
kinds = {"r.annotations": (halo.encode(), UM, ""),
         "r.geojson.gz": (gzip.compress(geojson(REGIONS).encode()), UM, ""),
         "turned.geojson": (turned.encode(), UM, "0 -1 -3 1 0 0")}
good = digests(out)
for name, (content, um, affine) in kinds.items():
    write(os.path.join(made, name), content)
    header, row = open(plain).read().splitlines()
    sheet = write(os.path.join(made, "kind.csv"), f"{header},regions,regions_um_per_px,"
                  f"regions_affine\n{row},{name},{um},{affine}\n")
    again = folder("regions-again")
    run_ok("run", sheet, "--out", again, "-q", *PLAIN, ranks=2)
    check(digests(again) == good, f"{name}: another result")
squares = [("A", [[[0, 0], [100, 0], [100, 100], [0, 100]]])]
csv = "#Selection name: A\nX,Y\n0,0\n50,0\n50,50\n0,50\n"
seen = []
for name, content, um in (("a.geojson", geojson(squares), "0.5"), ("a.csv", csv, "")):
    write(os.path.join(made, name), content)
    again = folder("regions-again")
    run_ok("run", with_regions(plain, name, um), "--out", again, "-q", *PLAIN)
    seen.append(digests(again))
check(seen[0] == seen[1], "a selection in um and its GeoJSON in pixels differ")

# What is refused, by check and by run alike.
BAD = [("missing", None, UM, 66, ["regions.geojson", "No such file"]),
       ("unit", geojson(REGIONS), "", 78, ["bad.csv:2", "regions_um_per_px"]),
       ("unit_word", geojson(REGIONS), "px", 78, ["regions_um_per_px", "px"]),
       ("empty", "", UM, 65, ["bad.geojson is empty"]),
       ("none", geojson([]), UM, 65, ["bad.geojson holds no region"]),
       ("text", "hello\n", UM, 65, ["bad.geojson is no file of regions"]),
       ("json", '{"type":"Polygon",\n"coordinates":[[[1,2],[3,}', UM, 65,
        ["bad.geojson:2:26: a value is wanted, not '}'"]),
       ("xml", "<Annotations>\n<a>", UM, 65, ["bad.geojson:2:1: <a> begins here"]),
       ("cut", gzip.compress(geojson(REGIONS).encode())[:-20], UM, 65, ["truncated"])]
for name, content, um, status, words in BAD:
    path = "regions.geojson.none" if content is None else "bad.geojson"
    write(os.path.join(made, "bad.geojson"), content or "")
    header, row = open(plain).read().splitlines()
    sheet = write(os.path.join(made, "bad.csv"),
                  f"{header},regions,regions_um_per_px\n{row},{path},{um}\n")
    for verb, ranks in (("check", 1), ("run", 2)):
        where = folder("regions-bad")
        done = cytotaxis(verb, sheet, *(["--out", where] if verb == "run" else []),
                         ranks=ranks, timeout=60)
        said = [l for l in done.stderr.splitlines() if all(w in l for w in words)]
        check(done.returncode == status, f"{verb} {name}: exit {done.returncode}")
        check(len(said) == 1, f"{verb} {name}: {done.stderr[-600:]}")
        check(not os.path.exists(where), f"{verb} {name}: an output folder all the same")
finish()
