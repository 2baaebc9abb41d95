"""The same bytes in every .h5ad and .h5: for any number of ranks, any grouping, twice the
same command, and from CSV or .h5ad input of the same cells; with regions."""
import os

from common import *

made = folder("bytes-cohort")
run_ok("synth", "--out", made, "--slides", 5, "--patients", 4, "--cells", 900, "--seed", 7,
       ranks=2)
regions = write(os.path.join(made, "regions.geojson"), geojson(REGIONS))
sheets = {kind: with_regions(os.path.join(made, name), regions, 0.5) for kind, name in
          (("csv", "samplesheet.csv"), ("h5ad", "samplesheet_h5ad.csv"))}
config = ["--config", os.path.join(made, "config.yaml")]
runs = [(1, 0, "csv"), (1, 0, "csv"), (2, 0, "csv"), (2, 1, "h5ad"), (3, 1, "csv"),
        (3, 2, "csv"), (4, 1, "h5ad"), (4, 3, "csv"), (7, 0, "csv"), (7, 1, "h5ad"),
        (7, 3, "csv")]
want = None
for number, (ranks, groups, kind) in enumerate(runs):
    out = folder(f"bytes-{number}")
    extra = ["--groups", groups] if groups else []
    # Freshly allocated memory holds other bytes in each run: none may reach a file.
    run_ok("run", sheets[kind], *config, "--out", out, "-q", *extra,
           ranks=ranks, env={"MALLOC_PERTURB_": str(17 + number)})
    got = digests(out)
    want = want or got
    check(len(got) == 11, f"{len(got)} files instead of 11")
    check(got == want, f"{ranks} ranks, {groups or 'default'} groups, {kind}: other bytes in "
          f"{[k for k in want if got.get(k) != want[k]]}")
finish()
