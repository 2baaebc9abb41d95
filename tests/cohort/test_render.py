"""cytotaxis render: the picture has the colours, lengths and outlines that the rasters
say, pixel by pixel; what cannot be drawn gives one line and the status of its kind."""
import os

import h5py
import numpy as np

from common import *
from png_pixels import (DIVERGING, SEQUENTIAL, STEPS, diverging, lab_of, linear_of, png,
                        sequential)

# MPI without mpiexec crashes the search for leaks, as in test_command_line.py.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

# How a sheet is laid out (src/render/render_draw.c), in pixels of the font, of which
# each has SCALE pixels in pictures of up to 1200.
SCALE = 2
MAP_X = 10 * SCALE
MAP_Y = 10 * SCALE + 12 * (SCALE + 1) + 2 * 12 * SCALE + 2 * SCALE
GAP, BAR_WIDTH, TIP, LINE = 8 * SCALE, 11 * SCALE, 6 * SCALE, 12 * SCALE
NO_VALUE, INK, BLACK, WHITE = (205, 205, 205), (35, 35, 35), (25, 25, 25), (255,) * 3
LABELS = [(230, 159, 0), (86, 180, 233), (0, 158, 115)]
ROUNDED = 1  # levels by which two roundings of one colour may differ

out = folder("made")


def colours(values, low, high, table=SEQUENTIAL):
    t = np.clip((np.asarray(values, float) - low) / (high - low), 0, 1)
    got = table[np.rint(np.nan_to_num(t) * (STEPS - 1)).astype(int)]
    return np.where(np.isnan(t)[..., None], NO_VALUE, got)


def same(got, want, what, slack=ROUNDED):
    worst = np.abs(np.asarray(got, int) - np.asarray(want, int)).max()
    check(worst <= slack, f"{what}: {worst} levels apart")


# --- rasters of which everything is known ----------------------------------------------

ROWS, COLS, SPACING, ORIGIN = 40, 60, 2.0, (100.0, -50.0)
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
RAMP = X / (COLS - 1) + 2 * Y / (ROWS - 1)  # 0 at the first pixel, 3 at the last
RAMP[5:9, 10:14] = np.nan
TISSUE = ((X >= 15) & (X < 50) & (Y >= 10)).astype("u1")
COMPARTMENT = TISSUE * np.where(X < 30, 1, 2).astype("u1")
LONG = "T\u00e9 cell " + "of a very long name " * 12


def put(file, path, values, units="um", **attrs):
    chunks = tuple(np.minimum(values.shape, 16))
    data = file.create_dataset(path, data=values, chunks=chunks, compression="gzip")
    data.attrs.update({"units": units, "long_name": f"what {path} is", **attrs})


def make_slide(name, rows, cols, spacing, rasters, **more):
    path = os.path.join(out, "slides", f"{name}.fields.h5")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w") as f:
        f.attrs["spacing_um"] = spacing
        f["x"] = ORIGIN[0] + (np.arange(cols) + 0.5) * spacing
        f["y"] = ORIGIN[1] + (np.arange(rows) + 0.5) * spacing
        for raster, values in rasters.items():
            put(f, raster, values, **more.get(raster.replace("/", "_"), {}))


def make_cells(name, xy, types, codes):
    with h5py.File(os.path.join(out, "slides", f"{name}.h5ad"), "w") as f:
        f["obsm/spatial"] = np.asarray(xy, float)
        f["obs/cell_type/codes"] = np.asarray(codes, "i1")
        f["obs/cell_type/categories"] = types


make_slide("A", ROWS, COLS, SPACING, {
    "signal/X/concentration": RAMP.astype("f4"),
    "signal/X/grad_x": np.full((ROWS, COLS), 0.5, "f4"),
    "signal/X/grad_y": (X > 40).astype("f4"),
    "margin_um": (X - 20).astype("f4"), "tissue": TISSUE, "compartment": COMPARTMENT,
    f"density/{LONG}": RAMP.astype("f4"), "density/flat": np.full((ROWS, COLS), 7, "f4"),
    "density/empty": np.full((ROWS, COLS), np.nan, "f4"),
    "distance_um/steep": (10.0 ** (X - 30)).astype("f4"),
    "region": (X + 60 * (Y > 20)).astype("u1"), "odd": X.astype("i4")},
    tissue={"labels": ["tissue"]}, compartment={"labels": ["Tumor", LONG]})
make_cells("A", [[ORIGIN[0] + 30, ORIGIN[1] + 20], [ORIGIN[0] + 70, ORIGIN[1] + 60],
                 [ORIGIN[0] - 900, ORIGIN[1]], [ORIGIN[0] + 90, ORIGIN[1] + 30]],
           ["B", "CD8 T", "Tumor"], [1, 2, 1, 0])


def draw(field, *words, slide="A", ranks=0, **options):
    path = os.path.join(WORK, "picture.png")
    words = words if "--width" in words else [*words, "--width", WIDTH]
    done = run_ok("render", out, "--slide", slide, "--field", field, "--png", path, *words,
                  ranks=ranks, **options)
    check(done.stdout == f"{path}\n" and not done.stderr, f"{field}: {done.stdout}")
    return png(path)[0]


def map_of(sheet, rows, cols, zoom):
    """The map, and the colours of the centres of its pixels."""
    window = sheet[MAP_Y:MAP_Y + rows * zoom, MAP_X:MAP_X + cols * zoom]
    return window, window[zoom // 2::zoom, zoom // 2::zoom]


WIDTH = 600
ZOOM = WIDTH // COLS


def numbers_have_their_colours_row_0_on_top():
    sheet = draw("signal/X/concentration", "--range", "0", "3")
    _, centres = map_of(sheet, ROWS, COLS, ZOOM)
    same(centres, colours(RAMP, 0, 3), "ramp")
    same(centres[0, 0], SEQUENTIAL[0], "row 0, column 0")
    same(centres[-1, -1], SEQUENTIAL[-1], "last row, last column")
    same(centres[6, 11], NO_VALUE, "no value", 0)
    frame = sheet[MAP_Y - 1, MAP_X - 1:MAP_X + COLS * ZOOM + 1]
    check(len(np.unique(frame, axis=0)) == 1, "the frame is one line")


def the_scale_reaches_to_quantiles_and_logs_to_four_decades():
    low, high = np.nanquantile(RAMP.astype("f4"), [0.005, 0.995])
    _, centres = map_of(draw("signal/X/concentration"), ROWS, COLS, ZOOM)
    same(centres, colours(RAMP, low, high), "quantiles", 2)
    steep = (10.0 ** (X - 30)).astype("f4")
    high = np.log10(np.quantile(steep, 0.995))
    _, centres = map_of(draw("distance_um/steep", "--log"), ROWS, COLS, ZOOM)
    same(centres, colours(np.log10(steep), high - 4, high), "logarithmic", 2)
    _, centres = map_of(draw("distance_um/steep", "--log", "--range", "1e-9", "1e9"),
                        ROWS, COLS, ZOOM)
    same(centres, colours(np.log10(steep), -9, 9), "logarithmic with a range", 2)
    for field, want in (("flat", SEQUENTIAL[STEPS // 2]), ("empty", NO_VALUE)):
        _, centres = map_of(draw(f"density/{field}"), ROWS, COLS, ZOOM)
        same(centres, np.broadcast_to(want, centres.shape), field)


def signed_fields_have_their_middle_at_zero():
    sheet = draw("margin_um", "--range", "-10", "40")
    window, centres = map_of(sheet, ROWS, COLS, ZOOM)
    shown = np.r_[0:15, 52:60], 3  # away from outlines
    same(centres[shown[1], shown[0]], colours(np.clip(X - 20, -10, 40)[3, shown[0]], -40,
                                              40, DIVERGING), "margin")
    same(centres[3, 20], DIVERGING[STEPS // 2], "zero is neutral")
    _, centres = map_of(draw("signal/X/grad_x"), ROWS, COLS, ZOOM)
    same(centres[3, 3], DIVERGING[-1], "a positive gradient is on the upper side")


def without_green_cones(lab):
    """As a deuteranope sees it: Machado et al. 2009, doi:10.1109/TVCG.2009.113."""
    matrix = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                       [-0.011820, 0.042940, 0.968881]])
    return lab_of(np.clip(linear_of(lab) @ matrix.T, 0, 1))


def the_maps_keep_their_order_without_green_cones():
    seen = without_green_cones(sequential())
    check((np.diff(seen[:, 0]) > 0).all(), "sequential: lightness does not rise")
    step = np.linalg.norm(np.diff(seen, axis=0), axis=1)
    usual = np.linalg.norm(np.diff(sequential(), axis=0), axis=1).mean()
    check(step.min() > usual / 2, f"sequential: a step is {step.min() / usual:.2f} of usual")
    seen = without_green_cones(diverging())
    apart = np.linalg.norm(seen - seen[::-1], axis=1)[:STEPS // 2]
    check((np.diff(apart) < 0).all() and apart[0] > 30,
          f"diverging: sides do not part, or only by {apart[0]:.0f}")


def bar_ends(table, tips, *words):
    """Of a map so high that the bar beside it has its full height."""
    zoom, what = 20, " ".join(words)
    sheet = draw(*words, "--width", zoom * COLS)
    x = MAP_X + COLS * zoom + GAP
    y = MAP_Y + LINE + TIP
    bar = sheet[y:y + 160 * SCALE, x + BAR_WIDTH // 2]
    same(bar[0], table[-1], f"{what}: upper end", 2)
    same(bar[-1], table[0], f"{what}: lower end", 2)
    same(bar[len(bar) // 2], table[STEPS // 2], f"{what}: middle", 2)
    for place, is_tip in ((y - 3, tips[1]), (y + 160 * SCALE + 2, tips[0])):
        tip = not np.array_equal(sheet[place, x + BAR_WIDTH // 2], WHITE)
        check(tip == is_tip, f"{what}: tip {place}: {tip}")


def the_colour_bar_ends_in_the_ends_of_the_map():
    field = "signal/X/concentration"
    bar_ends(SEQUENTIAL, (False, False), field, "--range", "0", "3")
    bar_ends(SEQUENTIAL, (True, False), field, "--range", "1", "3")
    bar_ends(SEQUENTIAL, (False, True), field, "--range", "0", "2")
    bar_ends(DIVERGING, (False, False), "margin_um")


def black_run(sheet, y, x):
    """Pixels of ink from (x, y) to the right, and whether they are a bar of the font."""
    row = (sheet[y] == INK).all(1)
    n = int(np.argmin(row[x:]))
    check((sheet[y - 1:y + 2, x:x + n] == INK).all(), "the scale bar is solid")
    return n


def the_scale_bar_is_as_long_as_it_says():
    sheet = draw("signal/X/concentration")
    y = MAP_Y + ROWS * ZOOM + 6 * SCALE + 3 * SCALE
    n = black_run(sheet, y, MAP_X)  # 120 um wide: 20 um are the largest in a quarter
    check(n == 20 / (SPACING / ZOOM), f"scale bar of {n} pixels")
    sheet = draw("signal/X/concentration", "--width", 400)
    zoom = 400 // COLS
    n = black_run(sheet, MAP_Y + ROWS * zoom + 9 * SCALE, MAP_X)
    check(n == round(20 / (SPACING / zoom)), f"scale bar of {n} pixels at zoom {zoom}")


def outlines_stand_where_the_masks_change():
    window, _ = map_of(draw("signal/X/concentration"), ROWS, COLS, ZOOM)
    middle = 25 * ZOOM + ZOOM // 2
    for edge, inside in ((15 * ZOOM, 1), (50 * ZOOM, -1)):
        inner = edge if inside > 0 else edge - 1
        outer = edge - 1 if inside > 0 else edge
        same(window[middle, inner], BLACK, f"inside of {edge}", 0)
        same(window[middle, outer], WHITE, f"outside of {edge}", 0)
    same(window[10 * ZOOM, 40 * ZOOM], BLACK, "upper edge", 0)
    same(window[10 * ZOOM - 1, 40 * ZOOM], WHITE, "above the upper edge", 0)
    for x in (30 * ZOOM - 1, 30 * ZOOM):
        same(window[middle, x], (235, 80, 60), "border of the compartments", 0)
    window, _ = map_of(draw("margin_um"), ROWS, COLS, ZOOM)
    same(window[middle, 30 * ZOOM], (0, 140, 90), "border on a diverging map", 0)


def labels_have_a_colour_each():
    window, centres = map_of(draw("compartment"), ROWS, COLS, ZOOM)
    same(centres[30, 20], LABELS[0], "label 1", 0)
    same(centres[30, 40], LABELS[1], "label 2", 0)
    same(centres[2, 2], NO_VALUE, "no label", 0)
    same(window[30 * ZOOM, 15 * ZOOM], BLACK, "tissue edge on labels", 0)
    window, _ = map_of(draw("/tissue"), ROWS, COLS, ZOOM)
    same(window[30 * ZOOM, 15 * ZOOM], LABELS[0], "no outline of the field itself", 0)
    draw("region")  # of 120 labels, without names


def cells_are_dots_of_their_type():
    plain, _ = map_of(draw("density/flat"), ROWS, COLS, ZOOM)
    window, _ = map_of(draw("density/flat", "--cells", "Tumor,CD8 T,,Tumor"), ROWS, COLS, ZOOM)
    per_pixel = SPACING / ZOOM
    for (x, y), colour in (((30, 20), LABELS[1]), ((70, 60), LABELS[0])):
        same(window[int(y / per_pixel), int(x / per_pixel)], colour, f"cell at {x}, {y}", 0)
        same(window[int(y / per_pixel), int((x + 4) / per_pixel)], colour, "5 um radius", 0)
    far = np.hypot(*(np.indices(window.shape[:2])[::-1] * per_pixel
                     - np.reshape([30, 20], (2, 1, 1)))) > 6
    far &= np.hypot(*(np.indices(window.shape[:2])[::-1] * per_pixel
                      - np.reshape([70, 60], (2, 1, 1)))) > 6
    check((window[far] == plain[far]).all(), "other types are drawn, or cells elsewhere")


def arrows_point_up_the_gradient_and_stand_on_values():
    words = ["signal/X/concentration", "--range", "100", "200"]
    plain, _ = map_of(draw(*words), ROWS, COLS, ZOOM)
    window, _ = map_of(draw(*words, "--arrows"), ROWS, COLS, ZOOM)
    drawn = (window != plain).any(2)
    pitch = ZOOM * -(-COLS // (WIDTH // (20 * SCALE)))  # side of a block of arrows
    # From the middle of a block to the foot of its arrow where the gradient is small.
    back = int(0.85 / 2 * pitch * np.sqrt(0.5 / np.hypot(0.5, 1)))
    n = gaps = 0
    for top in range(0, ROWS * ZOOM - pitch + 1, pitch):
        for left in range(0, COLS * ZOOM - pitch + 1, pitch):
            dy, dx = np.nonzero(drawn[top:top + pitch, left:left + pitch])
            foot = (top + pitch // 2) // ZOOM, (left + pitch // 2 - back) // ZOOM
            if np.isnan(RAMP[foot]):
                check(len(dx) == 0, f"arrow at {left}, {top} stands on no value")
                gaps += 1
                continue
            check(dx.mean() > (pitch - 1) / 2, f"arrow at {left}, {top} not to the right")
            if left >= 42 * ZOOM:
                check(dy.mean() > (pitch - 1) / 2, f"arrow at {left}, {top} not downwards")
            n += 1
    check(n + gaps == (ROWS * ZOOM // pitch) * (COLS * ZOOM // pitch) and n > 50 and gaps > 0,
          f"{n} arrows, {gaps} gaps")


def large_rasters_are_reduced_by_blocks():
    rng = np.random.default_rng(5)
    rows, cols, side = 333, 901, 4
    values = rng.random((rows, cols), "f4")
    values[:8, :8] = np.nan
    labels = (rng.random((rows, cols)) < 0.6).astype("u1") * 3
    make_slide("B", rows, cols, 1.0, {"density/x": values, "region": labels})
    n_rows, n_cols = -(-rows // side), -(-cols // side)
    want = np.array([[np.nanmean(b) if not np.isnan(b := values[
        r * side:(r + 1) * side, c * side:(c + 1) * side]).all() else np.nan
        for c in range(n_cols)] for r in range(n_rows)])
    sheet = draw("density/x", "--width", 256, "--range", "0", "1", slide="B")
    _, centres = map_of(sheet, n_rows, n_cols, 1)
    same(centres, colours(want, 0, 1), "block means", 2)
    n = black_run(sheet, MAP_Y + n_rows + 9 * SCALE, MAP_X)
    check(n == 200 / side, f"scale bar of {n} pixels on blocks")
    majority = np.array([[2 * (b := labels[r * side:(r + 1) * side,
                                           c * side:(c + 1) * side] > 0).sum() > b.size
                          for c in range(n_cols)] for r in range(n_rows)])
    _, centres = map_of(draw("region", "--width", 256, slide="B"), n_rows, n_cols, 1)
    same(centres, np.where(majority[..., None], LABELS[2], NO_VALUE), "majority", 0)


def nothing_is_cut_off_at_any_size():
    for field in (f"density/{LONG}", "compartment"):
        for width in (64, 100, 400) if field != "compartment" else (64, 1300):
            sheet = draw(field, "--width", width, "--cells", "B,CD8 T,Tumor")
            border = np.concatenate([sheet[:6].reshape(-1, 3), sheet[-6:].reshape(-1, 3),
                                     sheet[:, :6].reshape(-1, 3),
                                     sheet[:, -6:].reshape(-1, 3)])
            check((border == WHITE).all(), f"{field}: ink at the border at {width}")


def the_same_bytes_every_time_on_any_number_of_ranks():
    first = os.path.join(WORK, "first.png")
    for ranks in (0, 1, 3):
        draw("signal/X/concentration", "--arrows", "--cells", "Tumor", ranks=ranks)
        now = open(os.path.join(WORK, "picture.png"), "rb").read()
        if ranks == 0:
            open(first, "wb").write(now)
        check(now == open(first, "rb").read(), f"other bytes on {ranks} ranks")
    check(set(png(first)[1]) <= {"IHDR", "sRGB", "gAMA", "cHRM", "IDAT", "IEND"},
          "no time and no text in the file")


def names_and_the_list():
    done = run_ok("render", out, "--slide", "A", "--field", "signal/X/concentration",
                  ranks=0)
    path = os.path.join(out, "pictures", "A.signal_X_concentration.png")
    check(done.stdout == f"{path}\n" and os.path.exists(path), done.stdout)
    done = run_ok("render", out, "--slide", "A", "--field", "margin_um", "-q", ranks=0)
    check(done.stdout == "", f"-q: {done.stdout}")
    make_slide("C", 3, 4, 1.0, {"density/T": np.ones((3, 4), "f4"),
                                "tissue": np.ones((3, 4), "u1")})
    done = run_ok("render", out, "--slide", "C", "--list", ranks=0)
    check(done.stdout == "density/T  um      what density/T is\n"
          "tissue     label   what tissue is\n", f"--list: {done.stdout!r}")


def bad_inputs_give_one_line_each():
    with open(os.path.join(out, "slides", "D.h5ad"), "w") as f:
        f.write("cells without rasters")
    with open(os.path.join(out, "slides", "E.fields.h5"), "w") as f:
        f.write("no HDF5")
    folder_ = os.path.join(WORK, "a-folder")
    os.makedirs(folder_, exist_ok=True)
    slides = "slides: A, B, C, E"
    a, m = ["--slide", "A"], ["--slide", "A", "--field", "margin_um"]
    for words, status, want in [
            ([], 64, "render needs --slide S: cytotaxis render OUT --slide S --field F "
                     "[options]"),
            (a, 64, "render needs --field F, or --list: cytotaxis render OUT --slide S "
                    "--field F [options]"),
            (["--slide", "Z", "--list"], 66, f'{out}/slides has no slide "Z"; {slides}'),
            (["--slide", "a", "--list"], 66,
             f'{out}/slides has no slide "a"; did you mean "A"?; {slides}'),
            (["--slide", "../A", "--list"], 66,
             f'{out}/slides has no slide "../A"; {slides}'),
            (["--slide", "D", "--list"], 66, f"D: {out}/slides has the slide but no rasters "
             "of it; run again with output.fields: all"),
            (["--slide", "E", "--list"], 65, f"E: {out}/slides/E.fields.h5 is not an HDF5 "
             "file: its signature is missing"),
            (["--slide", "C", "--field", "tisue"], 66,
             'C: there is no field "tisue"; did you mean "tissue"?; fields (all: --list): '
             "density/T, tissue"),
            (["--slide", "C", "--field", "x"], 66, 'C: there is no field "x"; fields (all: '
             "--list): density/T, tissue"),
            (["--slide", "C", "--field", "density"], 66, 'C: there is no field "density"; '
             'did you mean "density/T"?; fields (all: --list): density/T, tissue'),
            (["--slide", "C", "--field", "tissue/a/b"], 66, 'C: there is no field '
             '"tissue/a/b"; fields (all: --list): density/T, tissue'),
            ([*a, "--field", "odd"], 65,
             f"A: {out}/slides/A.fields.h5 odd holds neither floats nor uint8"),
            ([*a, "--field", "tissue", "--log"], 64,
             "A: tissue holds labels, which have no scale; leave out --log"),
            ([*a, "--field", "tissue", "--range", "1", "2"], 64,
             "A: tissue holds labels, which have no scale; leave out --range"),
            ([*m, "--log"], 64,
             "A: margin_um is signed: no logarithmic scale; leave out --log"),
            ([*a, "--field", "density/empty", "--log"], 64, "A: density/empty has no value "
             "above 0: no logarithmic scale; leave out --log"),
            ([*a, "--field", "density/flat", "--log", "--range", "0", "1"], 64,
             "--range must be above 0 with --log, not 0 to 1"),
            ([*m, "--range", "2", "1"], 64, "--range must go up, from LO to HI, not 2 to 1"),
            ([*m, "--range", "2"], 64, '--range takes two numbers, LO HI, not only "2"'),
            ([*m, "--range", "2", "--log"], 64,
             '--range takes two numbers, LO HI, not "--log"'),
            ([*m, "--range", "nan", "1"], 64, '--range takes two numbers, LO HI, not "nan"'),
            ([*m, "--width", "63"], 64, "--width must be 64 to 16384, not 63"),
            ([*m, "--width", "wide"], 64,
             '--width takes a whole number of at least 1, not "wide"'),
            ([*m, "--arrows"], 64, "A: --arrows: margin_um has no grad_x and grad_y beside "
             "it; draw a field of a signal"),
            ([*m, "--cells", "B,Tumr"], 64, 'A: --cells: there is no cell type "Tumr"; did '
             'you mean "Tumor"?; types: B, CD8 T, Tumor'),
            (["--slide", "C", "--field", "tissue", "--cells", "B"], 66,
             f"C: {out}/slides/C.h5ad cannot be opened: No such file or directory"),
            ([*m, "--png", "/no/such/a.png"], 73,
             "/no/such/a.png.part cannot be created: No such file or directory; check the "
             "folder and its permissions"),
            ([*m, "--png", folder_], 73, f"{folder_} cannot be created: Is a directory; "
             "name another file")]:
        done = cytotaxis("render", out, *words, ranks=0)
        check(done.returncode == status, f"{words}: exit {done.returncode}")
        check(done.stderr == f"cytotaxis: {want}\n", f"{words}: {done.stderr!r}")
        check(not done.stdout, f"{words}: on standard output: {done.stdout}")
    check(not os.path.exists(f"{folder_}.part"), "a part is left behind")
    done = cytotaxis("render", os.path.join(WORK, "nowhere"), *m, ranks=0)
    check(done.returncode == 66 and done.stderr.endswith(
        "nowhere: No such file or directory; name the folder that cytotaxis run --out "
        "wrote\n"), f"{done.stderr}")
    done = cytotaxis("render", out, "--slide", "Z", "--list", ranks=3)
    check(done.returncode == 66 and "no slide" in done.stderr, f"3 ranks: {done.returncode}")


def a_full_disk_leaves_nothing():
    disk = os.path.join(WORK, "small-disk")
    os.makedirs(disk, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "none", disk]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        return  # only root can
    done = cytotaxis("render", out, "--slide", "A", "--field", "signal/X/concentration",
                     "--png", os.path.join(disk, "a.png"), ranks=0)
    left = os.listdir(disk)
    subprocess.run(["umount", disk], check=True)
    check(done.returncode == 74 and "a.png.part cannot be written: No space left on device"
          in done.stderr, f"full disk: {done.returncode} {done.stderr}")
    check(not left, f"full disk: {left} left behind")


def what_no_scale_was_made_for_can_be_drawn():
    infinite = np.full((ROWS, COLS), np.inf, "f4")
    infinite[1] = np.nan
    make_slide("I", ROWS, COLS, SPACING, {"density/inf": infinite, "density/um": infinite},
               density_um={"units": "um " * 170})
    top = [map_of(draw(f"density/{name}", slide="I"), ROWS, COLS, ZOOM)[1]
           for name in ("inf", "um")]
    same(top[0][0, 0], SEQUENTIAL[-1], "no number but infinity")
    same(top[1], top[0], "a unit that fills its attribute", 0)
    sheet = draw("signal/X/concentration", "--range", "1", "1.0000000000000002")
    _, centres = map_of(sheet, ROWS, COLS, ZOOM)
    same(centres[0, 0], SEQUENTIAL[0], "below neighbouring doubles")
    same(centres[-1, -1], SEQUENTIAL[-1], "above them")


def a_sheet_of_many_types_is_not_higher_than_one_of_some():
    sizes = []
    for n in (30, 120):
        make_slide("T", 300, 300, 1.0, {"tissue": np.ones((300, 300), "u1")})
        make_cells("T", np.full((n, 2), 5.0), [f"type {t:03}" for t in range(n)],
                   np.arange(n))
        sizes.append(draw("cells", slide="T").shape[0])
    check(sizes[0] == sizes[1], f"heights with 30 and with 120 types: {sizes}")
    os.remove(os.path.join(out, "slides", "T.h5ad"))
    for name in "TI":
        os.remove(os.path.join(out, "slides", f"{name}.fields.h5"))


def every_raster_of_a_run_can_be_drawn():
    made, results = folder("real"), folder("real-out")
    run_ok("synth", "--out", made, "--slides", 1, "--cells", 400, "--seed", 3)
    regions = write(os.path.join(made, "regions.geojson"), geojson(REGIONS))
    run_ok("run", with_regions(os.path.join(made, "samplesheet.csv"), regions, 0.5),
           "--config", os.path.join(made, "config.yaml"), "--out", results, "-q")
    slide = os.listdir(os.path.join(results, "slides"))[0].split(".")[0]
    listed = run_ok("render", results, "--slide", slide, "--list", ranks=0).stdout
    fields = [line.split("  ")[0] for line in listed.splitlines()]
    check("region" in fields and len(fields) > 10, f"listed: {fields}")
    for field in fields:
        path = os.path.join(WORK, "real.png")
        run_ok("render", results, "--slide", slide, "--field", field, "--png", path,
               "--width", 400, ranks=0)
        check(png(path)[0].shape[0] > 200, f"{field}: {path}")


for test in [numbers_have_their_colours_row_0_on_top,
             the_scale_reaches_to_quantiles_and_logs_to_four_decades,
             signed_fields_have_their_middle_at_zero,
             the_maps_keep_their_order_without_green_cones,
             the_colour_bar_ends_in_the_ends_of_the_map,
             the_scale_bar_is_as_long_as_it_says, outlines_stand_where_the_masks_change,
             labels_have_a_colour_each, cells_are_dots_of_their_type,
             arrows_point_up_the_gradient_and_stand_on_values, large_rasters_are_reduced_by_blocks,
             nothing_is_cut_off_at_any_size, what_no_scale_was_made_for_can_be_drawn,
             a_sheet_of_many_types_is_not_higher_than_one_of_some,
             the_same_bytes_every_time_on_any_number_of_ranks, names_and_the_list,
             bad_inputs_give_one_line_each, a_full_disk_leaves_nothing,
             every_raster_of_a_run_can_be_drawn]:
    test()
finish()
