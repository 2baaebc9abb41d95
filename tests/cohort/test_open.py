"""What the program writes opens where people work: anndata 0.8 and plain h5py with no
plugin for every .h5ad, h5py with our plugin for the rasters; and, in a virtual environment
when PyPI can be reached, the newest anndata, and hdf5plugin for the rasters."""
import os
import subprocess
import sys

from common import *
from sections import SECTIONS

made = folder("open-cohort")
run_ok("synth", "--out", made, "--slides", 4, "--cells", 800, "--seed", 11)
out = folder("open-out")
run_ok("run", os.path.join(made, "samplesheet.csv"), "--config",
       os.path.join(made, "config.yaml"), *SECTIONS, "--out", out, "-q", ranks=2)
reader = os.path.join(os.path.dirname(__file__), "open_results.py")


def look(python, plugin, env):
    done = subprocess.run([python, reader, out, made, plugin], capture_output=True, text=True,
                          env={**os.environ, **env})
    print(done.stdout.strip())
    check(done.returncode == 0, f"{python} ({plugin}): {done.stdout[-500:]} "
          f"{done.stderr[-1500:]}")


look("/usr/bin/python3", "none", {"HDF5_PLUGIN_PATH": "/nowhere"})
look("/usr/bin/python3", "ours", {"HDF5_PLUGIN_PATH": PLUGINS})
venv = os.path.join(SOURCE, "build", "venv")
if os.path.exists(os.path.join(venv, "complete")):
    newest = os.path.join(venv, "bin", "python3")
    look(newest, "none", {"HDF5_PLUGIN_PATH": "/nowhere"})
    look(newest, "hdf5plugin", {})
else:
    print("newest anndata from PyPI: not tried, build/venv could not be made (tests/venv.sh)")
finish()
