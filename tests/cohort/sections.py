"""The sections of the configuration that ask for tissue, compartments and the margin, and
what their results must be, by another program's arithmetic."""
import h5py
import numpy as np
from scipy import ndimage

from common import *

MARGIN_UM, BAND_UM, PROFILE_UM = 40, 25, 150
TISSUE = "tissue={from: reach, reach_um: 30, close_um: 20, fill_holes_um2: 3000}"
PARTS = ("compartments={from: fraction, tumour: tumour, bandwidth_um: 25, threshold: 0.4, "
         f"min_area_um2: 2000, margin_um: {MARGIN_UM}, band_um: {BAND_UM}, "
         f"profile_um: {PROFILE_UM}}}")
SECTIONS = ["--set", TISSUE, "--set", PARTS]
ZONES = ["core", "inner_margin", "outer_margin", "stroma"]
ZONE_EDGES = [-np.inf, -MARGIN_UM, 0, MARGIN_UM, np.inf]


class Rasters:
    """Tissue, compartment and margin of a slide, and the pixel of each of its cells."""

    def __init__(self, fields, xy):
        with h5py.File(fields) as f:
            self.tissue, self.part = f["tissue"][()], f["compartment"][()]
            self.phi = f["margin_um"][()]
            self.labels = text(f["compartment"].attrs["labels"])
            x, y = f["x"][()], f["y"][()]
        self.h = x[1] - x[0]
        self.col = np.floor((xy[:, 0] - x[0]) / self.h + 0.5).astype(int)
        self.row = np.floor((xy[:, 1] - y[0]) / self.h + 0.5).astype(int)

    def at_cells(self, raster):
        return raster[self.row, self.col]

    def phi_of(self, tumour):
        """phi by scipy's exact transform, from the codes that are tumour."""
        inside = np.isin(self.part, tumour)
        rest = (self.part > 0) & ~inside
        if not inside.any() or not rest.any():
            return np.full(self.phi.shape, np.nan)
        to_inside = ndimage.distance_transform_edt(~inside) * self.h
        to_rest = ndimage.distance_transform_edt(~rest) * self.h
        phi = np.where(inside, self.h / 2 - to_rest, to_inside - self.h / 2)
        return np.where(self.part > 0, phi, np.nan)

    def bands(self, edges):
        """Area of the pixels, and number of cells of a mask, in bands of phi."""
        area = np.histogram(self.phi[np.isfinite(self.phi)], edges)[0] * self.h ** 2
        at = self.at_cells(self.phi)
        return area, lambda which: np.histogram(at[which & np.isfinite(at)], edges)[0]


def profile_edges():
    n = int(np.ceil(PROFILE_UM / BAND_UM))
    return np.arange(-n, n + 1) * BAND_UM
