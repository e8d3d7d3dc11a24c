"""The exact funnel: how far each person came, in which attempt. Pure: no database, no clock.

For one person, events in order of (occurred_at, ingestion). An attempt begins at an event of the first stage; `latest[i]`
is the attempt with the latest entry that reached stage i. An event may match several stages; they are tried from the last to
the first, so that one event advances an attempt by at most one stage. An attempt goes on only within the window, counted from
its entry, inclusive. An optional stage may be passed by: then the latest attempt among the stages that can be passed over
goes on.

Without optional stages the furthest stage equals ClickHouse's `windowFunnel(W, 'strict_once')`, which is the oracle in
tests/funnels/test_engine.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Step(NamedTuple):
    """One event of a person: `at` in microseconds, `mask` has bit i set where it matches stage i; `origin` is what an
    attempt that enters here came from (an index into a table the caller keeps); `may_enter` is false outside the range."""

    at: int
    mask: int
    origin: int = 0
    may_enter: bool = True


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one person. `times[i]` is when stage i was reached, None where an optional stage was passed by."""

    entry: int
    origin: int
    times: tuple[int | None, ...]

    @property
    def furthest(self) -> int:
        return len(self.times) - 1

    def advanced(self, stage: int, at: int) -> Attempt:
        passed_by = (None,) * (stage - len(self.times))
        return Attempt(self.entry, self.origin, (*self.times, *passed_by, at))


@dataclass(frozen=True, slots=True)
class Course:
    """What the engine needs of a funnel. `window` in microseconds, None for unlimited; `before[i]` are the stages from which
    stage i can be reached directly, nearest first."""

    stages: int
    window: int | None
    before: tuple[tuple[int, ...], ...]


def course(optional: Sequence[bool], *, window: int | None) -> Course:
    """The course of a funnel whose stage i may be skipped where `optional[i]`; the first stage never is."""
    before: list[tuple[int, ...]] = [()]
    for stage in range(1, len(optional)):
        nearest = [stage - 1]
        while nearest[-1] > 0 and optional[nearest[-1]]:
            nearest.append(nearest[-1] - 1)
        before.append(tuple(nearest))
    return Course(len(optional), window, tuple(before))


def walk(steps: Iterable[Step], course: Course) -> Attempt | None:
    """The reported attempt of one person: the first that reached the furthest stage. None: never entered."""
    latest: list[Attempt | None] = [None] * course.stages
    best: Attempt | None = None
    for step in steps:
        mask = step.mask
        for stage in range(mask.bit_length() - 1, -1, -1):
            if not mask >> stage & 1:
                continue
            attempt = _enter(step) if stage == 0 else _advance(latest, stage, step.at, course)
            if attempt is None:
                continue
            latest[stage] = attempt
            if best is None or stage > best.furthest:
                best = attempt
    return best


def _enter(step: Step) -> Attempt | None:
    return Attempt(step.at, step.origin, (step.at,)) if step.may_enter else None


def _advance(latest: Sequence[Attempt | None], stage: int, at: int, course: Course) -> Attempt | None:
    running = [
        attempt
        for attempt in (latest[before] for before in course.before[stage])
        if attempt is not None and (course.window is None or at - attempt.entry <= course.window)
    ]
    return max(running, key=lambda attempt: attempt.entry).advanced(stage, at) if running else None
