"""The size of a segment over time as a line: geometry only; `templates/crm/segments/_sizes.html` draws it.

Coordinates grow from the left as SVG's do. Time flows with the reading, so in Hebrew today is at the left; the points are
mirrored here and nothing in the page depends on the direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 600.0, 120.0
FEWEST_DAYS = 2
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Chart:
    """`line` and `area` are paths in a box of WIDTH x HEIGHT; `marks` are the values of the grid, the highest first."""

    line: str
    area: str
    marks: tuple[int, ...]
    first: date
    last: date
    width: float = WIDTH
    height: float = HEIGHT


def draw(days: Sequence[tuple[date, int]], *, rtl: bool) -> Chart | None:
    """`days` are (day, count) in order; None where they are too few to be a line."""
    if len(days) < FEWEST_DAYS:
        return None
    first, last = days[0][0], days[-1][0]
    span, top = (last - first).days, ceiling(max(count for _day, count in days))
    points = [(WIDTH * (day - first).days / span, HEIGHT * (1 - count / top)) for day, count in days]
    placed = [(WIDTH - x if rtl else x, y) for x, y in points]
    line = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    area = f"{line}L{placed[-1][0]:.1f},{HEIGHT:.1f}L{placed[0][0]:.1f},{HEIGHT:.1f}Z"
    return Chart(line, area, (top, top // 2, 0), first, last)


def ceiling(most: int) -> int:
    """The next round number, which halves well: 2, 4, 10, 20, 40, 100..."""
    size = 1
    while True:
        for step in STEPS:
            if 2 * step * size >= most:
                return 2 * step * size
        size *= 10
