"""Distance maps: the exact Euclidean transform of scipy, or of the package edt (one
thread), of the seed pixels of a type.

distance_peer.py scipy|edt FILE.bin SPACING ORIGIN_X ORIGIN_Y COLUMNS ROWS MAPS

The grid is the one bench_phases tells; MAPS types are mapped, one after the other.
"""
import sys

import numpy as np

from pace import read_points, serve


def empty_pixels(x, y, spacing, origin, shape):
    """False where a cell is: the transform measures the way to what is zero."""
    col = np.clip(np.floor((x - origin[0]) / spacing), 0, shape[1] - 1).astype(np.int64)
    row = np.clip(np.floor((y - origin[1]) / spacing), 0, shape[0] - 1).astype(np.int64)
    empty = np.ones(shape, bool)
    empty[row, col] = False
    return empty


def transform_of(peer, spacing):
    if peer == "edt":
        import edt

        return lambda mask: edt.edt(mask, anisotropy=(spacing, spacing), parallel=1)
    from scipy.ndimage import distance_transform_edt

    return lambda mask: distance_transform_edt(mask, sampling=spacing)


def main(peer, path, spacing, origin_x, origin_y, n_cols, n_rows, n_maps):
    x, y, kind, _ = read_points(path)
    h, origin, shape = float(spacing), (float(origin_x), float(origin_y)), \
        (int(n_rows), int(n_cols))  # fmt: skip
    masks = [empty_pixels(x[kind == t], y[kind == t], h, origin, shape)
             for t in range(int(n_maps))]  # fmt: skip

    transform = transform_of(peer, h)

    def once():
        return [transform(mask) for mask in masks]

    serve("distance", len(masks) * masks[0].size, 1, once,
          lambda maps: sum(m.sum(dtype=np.float64) for m in maps))  # fmt: skip


main(*sys.argv[1:])
