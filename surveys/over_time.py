"""When people took part: one column a day, a week or a month. Of an anonymous survey, when batches were counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from surveys.models import Participation, Survey
from surveys.results import whole_responses

MOST = 31


@dataclass(frozen=True, slots=True)
class Column:
    day: date
    count: int
    height: float  # out of 100, of the tallest

    @property
    def rest(self) -> float:
        return round(100 - self.height, 1)


def columns(survey: Survey) -> list[Column]:
    """The oldest first; the last 31 of the finest step that holds them all."""
    days = _by_day(survey)
    if not days:
        return []
    for step in STEPS:
        found: Counter[date] = Counter()
        for day, count in days.items():
            found[step(day)] += count
        places = _places(min(found), max(found), step)
        if len(places) <= MOST:
            break
    most = max(found.values())
    return [
        Column(day, found[day], round(max(100 * found[day] / most, 3 if found[day] else 0), 1))
        for day in places[-MOST:]
    ]


def _by_day(survey: Survey) -> dict[date, int]:
    zone = survey.workspace.zone
    if survey.is_anonymous:
        rows, moment = Participation.objects.filter(survey=survey).order_by(), "at"
    else:
        rows, moment = whole_responses(survey).order_by(), "completed_at"  # type: ignore[assignment]
    counted = rows.annotate(day=TruncDate(moment, tzinfo=zone)).values_list("day").annotate(n=Count("pk"))
    return dict(counted)


def _places(first: date, last: date, step: Callable[[date], date]) -> list[date]:
    """Every place from first to last, those where nobody came too."""
    days = (last - first).days
    return sorted({step(first + timedelta(days=number)) for number in range(days + 1)})


def _week(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)


STEPS: tuple[Callable[[date], date], ...] = (lambda day: day, _week, lambda day: day.replace(day=1))
