"""The stream: the funnel as one continuous ribbon, to a true linear scale, read from the reading start.

Geometry only; `templates/funnels/_stream.html` draws it. Coordinates grow from the left as SVG's do; for Hebrew they are
mirrored here, so that nothing in the page depends on the direction. On a phone the ribbon flows down: `down` is the same
path on its side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

POINT = re.compile(r"([\d.]+),([\d.]+)")
WIDTH, HEIGHT, THINNEST = 1000.0, 150.0, 3.0
LEVEL = 0.62  # how much of a stage's width the ribbon keeps its thickness before it narrows to the next


@dataclass(frozen=True, slots=True)
class Stop:
    offset: str  # per cent along the ribbon
    tone: str  # sea-deep, sea, sea-light, gold


@dataclass(frozen=True, slots=True)
class Stream:
    path: str
    down: str
    stops: tuple[Stop, ...]
    rtl: bool
    width: float = WIDTH
    height: float = HEIGHT


def draw(counts: Sequence[int], *, gold_from: int | None, rtl: bool) -> Stream:
    """`counts[i]`: people of stage i. `gold_from`: the first stage where money comes in, or None."""
    step = WIDTH / len(counts)
    halves = [_half(count, max(counts)) for count in counts]
    middle = HEIGHT / 2
    upper = [(0.0, halves[0])]
    for number, half in enumerate(halves):
        end = WIDTH if number == len(halves) - 1 else step * (number + LEVEL)
        upper.append((end, half))
        if number + 1 < len(halves):
            upper.append((step * (number + 1), halves[number + 1]))
    path = _outline([(WIDTH - x if rtl else x, half) for x, half in upper], middle)
    return Stream(path, _on_its_side(_outline(upper, middle)), _stops(len(counts), gold_from), rtl)


def _half(count: int, most: int) -> float:
    """Half the thickness; a stage nobody reached has none, one with anybody at least the thinnest line."""
    return max(HEIGHT * count / most, THINNEST) / 2 if count else 0.0


def _outline(upper: list[tuple[float, float]], middle: float) -> str:
    """There along the top, back along the bottom; every change of thickness is an S-curve."""
    top = [(x, middle - half) for x, half in upper]
    bottom = [(x, middle + half) for x, half in reversed(upper)]
    there = "".join(_join(before, after) for before, after in zip(top, top[1:], strict=False))
    back = "".join(_join(before, after) for before, after in zip(bottom, bottom[1:], strict=False))
    return f"M{top[0][0]:.1f},{top[0][1]:.1f}{there}L{bottom[0][0]:.1f},{bottom[0][1]:.1f}{back}Z"


def _on_its_side(path: str) -> str:
    return POINT.sub(r"\2,\1", path)


def _join(before: tuple[float, float], after: tuple[float, float]) -> str:
    (x, y), (to_x, to_y) = before, after
    if y == to_y:
        return f"L{to_x:.1f},{to_y:.1f}"
    half = (x + to_x) / 2
    return f"C{half:.1f},{y:.1f} {half:.1f},{to_y:.1f} {to_x:.1f},{to_y:.1f}"


def _stops(stages: int, gold_from: int | None) -> tuple[Stop, ...]:
    if gold_from is None or gold_from == 0:
        tone = "gold" if gold_from == 0 else "sea-light"
        return (Stop("0%", "gold" if gold_from == 0 else "sea-deep"), Stop("100%", tone))
    turn = 100 * gold_from / stages
    return (
        Stop("0%", "sea-deep"),
        Stop(f"{turn * 0.5:.1f}%", "sea"),
        Stop(f"{max(turn - 14, turn * 0.6):.1f}%", "sea-light"),
        Stop(f"{turn:.1f}%", "gold"),
        Stop("100%", "gold"),
    )
