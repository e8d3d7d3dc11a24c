"""Clocks of the scenarios: medians of repeated calls, the memory of this process, and what a scenario answers with."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Row = tuple[str, ...]


@dataclass(slots=True)
class Measured:
    """`figures` are what the goals speak of; `rows` the table, heads first; `unmeasured` what could not be measured."""

    figures: dict[str, float]
    rows: list[Row] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much data: people of the large business, and what happened to them."""

    contacts: int = 1_000_000
    events: int = 10_000_000


def seconds(call: Callable[[], object], *, times: int = 5, warm: int = 1) -> float:
    """The median of `times` calls, after `warm` that do not count."""
    for _call in range(warm):
        call()
    return statistics.median(once(call) for _call in range(times))


def once(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def in_turn(
    ours: Callable[[], object], reference: Callable[[], object], *, times: int = 5, warm: int = 1
) -> tuple[float, float]:
    """The medians of both, called one after the other each time, so that a busy moment of the machine hits both."""
    for _call in range(warm):
        ours(), reference()
    pairs = [(once(ours), once(reference)) for _call in range(times)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def ratio(ours: float, reference: float) -> float:
    return round(ours / reference, 2)


def milliseconds(value: float) -> str:
    return f"{value * 1000:,.1f} ms"


def peak_memory() -> float:
    """MB that this process held at its largest moment."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(rows: list[Row]) -> str:
    """The rows as text in columns; numbers and words alike start at the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
