"""Distance maps: scipy's exact distance_transform_edt of the seed pixels of a type.

distance_scipy.py FILE.bin SPACING ORIGIN_X ORIGIN_Y COLUMNS ROWS MAPS

The grid is the one bench_phases tells; MAPS types are mapped, one after the other.
"""
import sys

import numpy as np
from scipy.ndimage import distance_transform_edt

from pace import read_points, serve


def empty_pixels(x, y, spacing, origin, shape):
    """False where a cell is: the transform measures the way to what is zero."""
    col = np.clip(np.floor((x - origin[0]) / spacing), 0, shape[1] - 1).astype(np.int64)
    row = np.clip(np.floor((y - origin[1]) / spacing), 0, shape[0] - 1).astype(np.int64)
    empty = np.ones(shape, bool)
    empty[row, col] = False
    return empty


def main(path, spacing, origin_x, origin_y, n_cols, n_rows, n_maps):
    x, y, kind, _ = read_points(path)
    h, origin, shape = float(spacing), (float(origin_x), float(origin_y)), \
        (int(n_rows), int(n_cols))  # fmt: skip
    masks = [empty_pixels(x[kind == t], y[kind == t], h, origin, shape)
             for t in range(int(n_maps))]  # fmt: skip

    def once():
        return [distance_transform_edt(mask, sampling=h) for mask in masks]

    serve("distance", len(masks) * masks[0].size, 1, once,
          lambda maps: sum(m.sum() for m in maps))  # fmt: skip


main(*sys.argv[1:])
