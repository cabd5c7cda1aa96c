"""The chart that README shows: CPU time per request as bars, a panel for each work, written as SVG by hand.

Colours follow the reader's light or dark scheme by a media query, which browsers honour in an <img> too; the
background stays transparent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from bench.summary import Row

WIDTH = 860
MARGIN = 16
COLUMNS = 2
GAP = 36
TOP = 86
LABEL_WIDTH = 78
VALUE_WIDTH = 64
BAR_HEIGHT = 16
BAR_STEP = 23
PANEL_HEAD = 26
PANEL_WIDTH = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
BAR_SPACE = PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH

STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #24292f; }
.title { font-size: 16px; font-weight: 600; }
.panel { font-weight: 600; }
.quiet { fill: #57606a; font-size: 12px; }
.bar { fill: #8c959f; }
.ours { fill: #0a69da; }
.name-ours { font-weight: 600; }
.spread { stroke: #24292f; stroke-width: 1; opacity: .55; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .quiet { fill: #9198a1; }
  .bar { fill: #6e7681; }
  .ours { fill: #4493f8; }
  .spread { stroke: #e6edf3; }
}"""


def draw(
    rows: Sequence[Row],
    works: Mapping[str, str],
    peers: Mapping[str, str],
    notes: Sequence[str],
    ours: str = "penstock",
) -> str:
    """Return the SVG; bars of one panel share a scale that starts at 0, a thin line spans lowest to highest run."""
    panels = [[row for row in rows if row.work == work] for work in dict.fromkeys(row.work for row in rows)]
    panel_height = PANEL_HEAD + BAR_STEP * max((len(panel) for panel in panels), default=0) + 20
    height = TOP + panel_height * -(-len(panels) // COLUMNS) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-label="CPU time per request of each proxy">',
        f"<style>\n{STYLE}\n</style>",
        text(MARGIN, 28, "CPU time per request, µs (shorter is better)", "title"),
        *(text(MARGIN, 48 + 17 * at, note, "quiet") for at, note in enumerate(notes)),
    ]
    for at, panel in enumerate(panels):
        x = MARGIN + (at % COLUMNS) * (PANEL_WIDTH + GAP)
        y = TOP + (at // COLUMNS) * panel_height
        parts += draw_panel(panel, x, y, works[panel[0].work], peers, ours)
    return "\n".join([*parts, "</svg>"]) + "\n"


def draw_panel(panel: Sequence[Row], x: float, y: float, title: str, peers: Mapping[str, str], ours: str) -> list[str]:
    parts = [text(x, y + 16, title, "panel")]
    scale = BAR_SPACE / max(row.cpu_high_us for row in panel)
    for at, row in enumerate(panel):
        top = y + PANEL_HEAD + at * BAR_STEP
        parts += draw_bar(row, x, top, scale, peers[row.peer], row.peer == ours)
    return parts


def draw_bar(row: Row, x: float, top: float, scale: float, name: str, is_ours: bool) -> list[str]:
    left, middle = x + LABEL_WIDTH, top + BAR_HEIGHT / 2
    low, high = left + row.cpu_low_us * scale, left + row.cpu_high_us * scale
    return [
        text(x, top + 13, name, "name-ours" if is_ours else ""),
        f'<rect class="bar{" ours" if is_ours else ""}" x="{left:.1f}" y="{top:.1f}" '
        f'width="{row.cpu_us * scale:.1f}" height="{BAR_HEIGHT}" rx="2"/>',
        f'<line class="spread" x1="{low:.1f}" y1="{middle:.1f}" x2="{high:.1f}" y2="{middle:.1f}"/>',
        text(high + 8, top + 13, number(row.cpu_us), "name-ours" if is_ours else ""),
    ]


def text(x: float, y: float, content: str, name: str) -> str:
    attribute = f' class="{name}"' if name else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{attribute}>{escape(content)}</text>'


def number(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"
