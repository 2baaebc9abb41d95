"""Read a table of cells: pandas read_csv, all columns, or the four a slide needs.

csv_pandas.py FILE.csv[.gz] all|used SIZE
"""
import sys

import pandas as pd

from pace import serve

path, how, size = sys.argv[1:]
columns = ["cell_id", "x", "y", "cell_type"] if how == "used" else None
serve("ingest", int(size), 1, lambda: pd.read_csv(path, usecols=columns),
      lambda table: table["x"].sum())  # fmt: skip
