"""The pixels of a PNG, and the colour maps of render from their definition."""
import struct
import zlib

import numpy as np

from common import check

try:
    from PIL import Image  # the same in C, for large pictures, where it is
except ImportError:
    Image = None

STEPS = 255  # colours of a map


def png(path):
    """The pixels of a PNG of 8-bit RGB, [height, width, 3], and its chunks' names."""
    data = open(path, "rb").read()
    check(data[:8] == b"\x89PNG\r\n\x1a\n", f"{path}: no PNG")
    at, packed, kinds = 8, b"", []
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        body, crc = data[at + 8:at + 8 + n], data[at + 8 + n:at + 12 + n]
        check(zlib.crc32(kind + body) == struct.unpack(">I", crc)[0], f"{path}: {kind}")
        if kind == b"IHDR":
            width, height, *form = struct.unpack(">IIBBBBB", body)
            check(form == [8, 2, 0, 0, 0], f"{path}: {form}")
        packed += body if kind == b"IDAT" else b""
        kinds.append(kind.decode())
        at += 12 + n
    if Image and width * height > 170000:
        return np.asarray(Image.open(path)), kinds
    return by_hand(packed, width, height), kinds


def by_hand(packed, width, height):
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)
    return unfilter(rows, width)


def unfilter(rows, width):
    done = np.zeros((rows.shape[0] + 1, 3 * (width + 1)), np.uint8)
    for y, row in enumerate(rows):
        above, now = done[y], done[y + 1]
        kind, values = row[0], row[1:]
        if kind == 0:
            now[3:] = values
        elif kind == 2:
            now[3:] = values + above[3:]
        else:
            undo_row(kind, values.tolist(), above.tolist(), now)
    return done[1:, 3:].reshape(len(rows), width, 3)


def undo_row(kind, values, above, now):
    left = [0] * (len(values) + 3)
    for i, v in enumerate(values, start=3):
        a, b, c = left[i - 3], above[i], above[i - 3]
        if kind == 1:
            guess = a
        elif kind == 3:
            guess = (a + b) // 2
        else:
            guess = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
        left[i] = (v + guess) & 255
    now[3:] = left[3:]


# --- the colours, from their definition (include/cytotaxis/palette.h) -----------------

WHITE_XYZ = np.array([0.95047, 1, 1.08883])
TO_LINEAR = np.array([[3.2404542, -1.5371385, -0.4985314],
                      [-0.9692660, 1.8760108, 0.0415560],
                      [0.0556434, -0.2040259, 1.0572252]])


def linear_of(lab):
    """Linear sRGB, beyond 0 to 1 for colours that sRGB has not."""
    f = (lab[:, :1] + 16) / 116 + np.stack([lab[:, 1] / 500, 0 * lab[:, 0],
                                            -lab[:, 2] / 200], 1)
    d = 6 / 29
    return np.where(f > d, f ** 3, 3 * d * d * (f - 4 / 29)) * WHITE_XYZ @ TO_LINEAR.T


def lab_of(linear):
    t = linear @ np.linalg.inv(TO_LINEAR).T / WHITE_XYZ
    d = 6 / 29
    x, y, z = np.where(t > d ** 3, np.cbrt(t), t / (3 * d * d) + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def rgb_of(lab):
    linear = linear_of(lab)
    check(linear.min() >= 0 and linear.max() <= 1, "a colour of a map is not in sRGB")
    return np.rint(255 * np.where(linear <= 0.0031308, 12.92 * linear,
                                  1.055 * linear ** (1 / 2.4) - 0.055))


def polar(lightness, chroma, hue):
    return np.stack([lightness, chroma * np.cos(np.radians(hue)),
                     chroma * np.sin(np.radians(hue))], 1)


def sequential():
    t = np.linspace(0, 1, 200001)
    curve = polar(12 + 82 * t, 53 - 73 * t + 114 * t ** 3, 300 - 78 * t - 117 * t ** 2)
    length = np.r_[0, np.cumsum(np.sqrt((np.diff(curve, axis=0) ** 2).sum(1)))]
    return curve[np.searchsorted(length, np.linspace(0, length[-1], STEPS) * (1 - 1e-12))]


def diverging():
    i = np.arange(STEPS)
    t = np.abs(i - STEPS // 2) / (STEPS // 2)
    return polar(95 - 61 * t, 52 * t, np.where(i < STEPS // 2, 285, 35))


SEQUENTIAL, DIVERGING = rgb_of(sequential()), rgb_of(diverging())
