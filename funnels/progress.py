"""Every person's progress through one funnel: reading the events, walking them, counting.

Person = the contact if known, else the visitor; a merged contact counts as the one they were merged into. Robots never
count. The range bounds entries; completions may land later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection

from funnels.engine import Attempt, Course, Step, course, walk
from funnels.matching import kinds_of, mask_sql
from funnels.models import Funnel, Stage
from funnels.statistics import Durations, Rate, durations

MICROSECOND = 1_000_000
FEWEST_TIMES = 3  # of one or two people nothing usual can be said
Origin = tuple[str, str, str, str]  # source, medium, campaign, device

SELECT = """
SELECT person, at, mask, source, medium, campaign, device FROM (
    SELECT CASE WHEN c.id IS NULL THEN -e.visitor_id ELSE c.id END AS person,
        (EXTRACT(EPOCH FROM e.occurred_at) * 1000000)::bigint AS at, e.id AS place,
        e.source, e.medium, e.campaign, COALESCE(v.device, '') AS device,
        {mask} AS mask
    FROM crm_event e
    LEFT JOIN crm_identityedge i ON i.visitor_id = e.visitor_id
    LEFT JOIN crm_visitor v ON v.id = e.visitor_id
    LEFT JOIN crm_contact d ON d.id = COALESCE(e.contact_id, i.contact_id)
    LEFT JOIN crm_contact c ON c.id = COALESCE(d.merged_into_id, d.id)
    WHERE e.workspace_id = %s AND e.kind = ANY(%s) AND e.verdict <> 'robot'
        AND e.occurred_at >= %s AND e.occurred_at < %s
        AND (c.id IS NOT NULL AND c.deleted_at IS NULL OR c.id IS NULL AND e.visitor_id IS NOT NULL)
) AS matched WHERE mask <> 0 ORDER BY person, at, place
"""


@dataclass(frozen=True, slots=True)
class Range:
    """Half open: entries at `start` belong to it, entries at `end` do not."""

    start: datetime
    end: datetime


@dataclass(slots=True)
class Progress:
    """`attempts[person]`; a person is a contact's id, or minus a visitor's id."""

    course: Course
    attempts: dict[int, Attempt]
    origins: list[Origin]
    now: datetime

    def reached(self, stage: int) -> list[int]:
        return [person for person, attempt in self.attempts.items() if _has(attempt, stage)]

    def dropped_before(self, stage: int) -> list[int]:
        """Those who stood where this stage is next, and did not come to it or past it."""
        previous = self.course.before[stage]
        return [
            person
            for person, attempt in self.attempts.items()
            if attempt.furthest < stage and any(_has(attempt, before) for before in previous)
        ]

    @property
    def immature(self) -> int:
        """Entries younger than the window: their people may still go on."""
        if self.course.window is None:
            return 0
        limit = self.now.timestamp() * MICROSECOND - self.course.window
        return sum(attempt.entry > limit for attempt in self.attempts.values())


def _has(attempt: Attempt, stage: int) -> bool:
    return stage <= attempt.furthest and attempt.times[stage] is not None


@dataclass(frozen=True, slots=True)
class StageCount:
    stage: Stage
    number: int
    people: int
    of_previous: Rate | None
    of_start: Rate
    dropped: int
    between: Durations | None

    @property
    def query(self) -> str:
        """The part of a URL that names the stage."""
        return f"stage={self.number}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One line of a breakdown. `value` "" means not set; None means the other, smaller values together."""

    value: str | None
    counts: tuple[int, ...] = field(default=())

    @property
    def rate(self) -> Rate:
        return Rate(self.counts[-1], self.counts[0])


def course_of(stages: list[Stage], window_days: int | None) -> Course:
    window = None if window_days is None else window_days * 86_400 * MICROSECOND
    return course([stage.is_optional for stage in stages], window=window)


def progress(funnel: Funnel, span: Range, *, now: datetime, stages: list[Stage] | None = None) -> Progress:
    """Walks everybody who entered in `span`. One statement; memory grows with the people, not with the events."""
    stages = list(funnel.stages.all()) if stages is None else stages
    plan = course_of(stages, funnel.window_days)
    origins: dict[Origin, int] = {}
    if not stages:
        return Progress(plan, {}, [], now)
    attempts: dict[int, Attempt] = {}
    for person, rows in groupby(_rows(funnel, stages, span, now), key=lambda row: row[0]):
        attempt = walk(_steps(rows, span, origins), plan)
        if attempt is not None:
            attempts[person] = attempt
    return Progress(plan, attempts, list(origins), now)


def _steps(rows: Iterable[tuple[Any, ...]], span: Range, origins: dict[Origin, int]) -> Iterator[Step]:
    last_entry = span.end.timestamp() * MICROSECOND
    for _person, at, mask, *origin in rows:
        place = origins.setdefault((origin[0], origin[1], origin[2], origin[3]), len(origins))
        yield Step(at, mask, place, at < last_entry)


def _rows(funnel: Funnel, stages: list[Stage], span: Range, now: datetime) -> Iterator[tuple[Any, ...]]:
    mask, params = mask_sql(stages, funnel.workspace)
    last = now if funnel.window_days is None else min(now, span.end + timedelta(days=funnel.window_days))
    params += [funnel.workspace_id, kinds_of(stages), span.start, last + timedelta(microseconds=1)]
    with connection.cursor() as cursor:
        cursor.execute(SELECT.format(mask=mask), params)
        while rows := cursor.fetchmany(5000):
            yield from rows


def count(stages: list[Stage], walked: Progress) -> list[StageCount]:
    """The numbers of every stage, in order."""
    people = [len(walked.reached(number)) for number in range(len(stages))]
    return [
        StageCount(
            stage=stage,
            number=number,
            people=people[number],
            of_previous=Rate(people[number], _base(walked, number)) if number else None,
            of_start=Rate(people[number], people[0]),
            dropped=len(walked.dropped_before(number)) if number else 0,
            between=_between(walked, number) if number else None,
        )
        for number, stage in enumerate(stages)
    ]


def _base(walked: Progress, number: int) -> int:
    """Those who could come to the stage next, or did."""
    return len(walked.reached(number)) + len(walked.dropped_before(number))


def _between(walked: Progress, number: int) -> Durations | None:
    seconds = []
    for attempt in walked.attempts.values():
        if _has(attempt, number):
            at = attempt.times[number] or 0
            before = max(time for time in attempt.times[:number] if time is not None)
            seconds.append((at - before) / MICROSECOND)
    return durations(seconds) if len(seconds) >= FEWEST_TIMES else None


def breakdown(walked: Progress, by: str, *, most: int = 8) -> list[Bucket]:
    """People per stage by what their attempt came from: "source", "medium", "campaign" or "device". Adds up to the total."""
    column = ("source", "medium", "campaign", "device").index(by)
    table: dict[str, list[int]] = {}
    for attempt in walked.attempts.values():
        counts = table.setdefault(walked.origins[attempt.origin][column], [0] * walked.course.stages)
        for number in range(walked.course.stages):
            counts[number] += _has(attempt, number)
    ordered = sorted(table.items(), key=lambda entry: -entry[1][0])
    buckets = [Bucket(value, tuple(counts)) for value, counts in ordered[:most]]
    rest = [counts for _value, counts in ordered[most:]]
    return [*buckets, Bucket(None, tuple(map(sum, zip(*rest, strict=True))))] if rest else buckets


def people_from(walked: Progress, by: str, value: str | None, named: list[str], stage: int) -> list[int]:
    """The people of one cell of a breakdown; `named` are the values that have a line of their own."""
    column = ("source", "medium", "campaign", "device").index(by)

    def belongs(attempt: Attempt) -> bool:
        own = walked.origins[attempt.origin][column]
        return own not in named if value is None else own == value

    return [person for person in walked.reached(stage) if belongs(walked.attempts[person])]
