"""The picture of scaling.py: efficiency over ranks, and what a rank exchanges.

Measured and counted are dots, each of efficiency with its range over the turns; the model
is dashed. Both panels have the same ranks from left to right, in powers of two.
"""
import math

from traffic import RANKS

WIDTH, HEIGHT, PANEL = 720, 700, 230
LEFT, RIGHT = 70, 20
BLUE, GREEN, BROWN, GREY = "#1b6ca8", "#2e8b57", "#b8500f", "#555"
MEASURED = [("strong", BLUE, "one slide, computing", "compute_efficiency"),
            ("weak", GREEN, "a slide for each rank, computing", "compute_efficiency"),
            ("cohort", BROWN, "cohort, whole run", "run_efficiency")]  # fmt: skip


def text(x, y, words, anchor="middle"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def line(x1, y1, x2, y2, colour, more=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" {more}/>')  # fmt: skip


class Panel:
    """A frame whose values run from @p low to @p high upwards, @p scale of them."""

    def __init__(self, top, title, marks, scale):
        self.top, self.bottom, self.scale = top, top + PANEL, scale
        self.low, self.high = scale(marks[0][0]), scale(marks[-1][0])
        self.parts = [text(LEFT, top - 36, f'<tspan font-weight="bold">{title}</tspan>', "start")]
        self.at_legend = LEFT
        for value, words in marks:
            _, y = self.at(1, value)
            self.parts += [line(LEFT, y, WIDTH - RIGHT, y, "#ddd"),
                           text(LEFT - 8, y + 4, words, "end")]  # fmt: skip
        self.parts += [text(self.at(p, marks[0][0])[0], self.bottom + 18, p) for p in RANKS]
        self.parts.append(text((LEFT + WIDTH - RIGHT) / 2, self.bottom + 36, "ranks"))

    def at(self, ranks, value):
        share = (self.scale(value) - self.low) / (self.high - self.low)
        x = LEFT + (WIDTH - RIGHT - LEFT) * math.log2(ranks) / math.log2(RANKS[-1])
        return x, self.bottom - PANEL * min(max(share, 0), 1)

    def legend(self, words, colour, dashed=False):
        x, y = self.at_legend, self.top - 16
        self.parts += [self.stroke([(x, y), (x + 22, y)], colour, dashed),
                       text(x + 28, y + 4, words, "start")]  # fmt: skip
        self.at_legend += 44 + 5.7 * len(words)

    def stroke(self, way, colour, dashed=False):
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in way)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        return (f'<polyline points="{places}" fill="none" stroke="{colour}" '
                f'stroke-width="2"{dash}/>')  # fmt: skip

    def model(self, points, words, colour):
        self.legend(words, colour, dashed=True)
        self.parts.append(self.stroke([self.at(*p) for p in points], colour, dashed=True))

    def dots(self, points, words, colour):
        """@p points: (ranks, value), or (ranks, value, least, most)."""
        self.legend(words, colour)
        self.parts.append(self.stroke([self.at(*p[:2]) for p in points], colour))
        for ranks, value, *ends in points:
            x, y = self.at(ranks, value)
            if ends:
                self.parts.append(line(x, self.at(ranks, ends[0])[1], x,
                                       self.at(ranks, ends[1])[1], colour))  # fmt: skip
            self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')


def efficiency_panel(rows, predicted):
    marks = [(k / 5, f"{k / 5:.0%}") for k in range(6)]
    panel = Panel(70, "Efficiency against one rank", marks, float)
    for kind, colour, words, key in MEASURED:
        points = [(r["ranks"], r[key], r[f"{key}_min"], r[f"{key}_max"])
                  for r in rows if r["kind"] == kind and r[key] != ""]  # fmt: skip
        if points:
            panel.dots(points, words, colour)
    panel.model([(r["ranks"], r["efficiency"]) for r in predicted], "model, one slide", GREY)
    return panel


def bytes_panel(predicted):
    """Bytes of a rank in the mean; on one rank that is nothing, which has no logarithm."""
    sent = [r for r in predicted if r["ranks"] > 1]
    all_values = [r[k] for r in sent for k in ("bytes_per_rank", "halo_bytes_per_rank") if r[k]]
    low = math.floor(math.log10(min(all_values)))
    high = max(math.ceil(math.log10(max(all_values))), low + 1)
    marks = [(10.0**k, f"{10.0 ** (k - 6):g} MB") for k in range(low, high + 1)]
    cells = predicted[0]["cells"]
    panel = Panel(410, f"Exchanged by a rank, one slide of {cells:,} cells", marks, math.log10)
    for key, words, colour in (("bytes", "all, counted", BLUE),
                               ("halo_bytes", "halos, counted", GREEN)):  # fmt: skip
        told = [(r["ranks"], r[f"{key}_per_rank"]) for r in sent if r[f"{key}_per_rank"]]
        counted = [(r["ranks"], r[f"{key}_counted"]) for r in sent if r[f"{key}_counted"]]
        if counted:
            panel.dots(counted, words, colour)
        panel.model(told, "formulas", colour)
    return panel


def draw(path, rows, predicted):
    panels = [efficiency_panel(rows, predicted), bytes_panel(predicted)]
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
            'font-size="12">')  # fmt: skip
    parts = [head, '<rect width="100%" height="100%" fill="white"/>',
             *(part for panel in panels for part in panel.parts), "</svg>"]  # fmt: skip
    path.write_text("\n".join(parts) + "\n")
