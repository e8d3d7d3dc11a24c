"""One funnel's report as its screen shows it: the sentence, the stages, the stream, a breakdown, and who is behind a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.timeline import kinds
from funnels.models import Funnel, Stage
from funnels.progress import Bucket, Progress, Range, StageCount, breakdown, count, people_from, progress

RANGES = {"30": _("30 days"), "90": _("90 days"), "365": _("A year")}
DIMENSIONS = {"source": _("Channel"), "campaign": _("Campaign"), "device": _("Device"), "medium": _("Medium")}
DEFAULT_RANGE, DEFAULT_DIMENSION = "365", "source"


@dataclass(frozen=True, slots=True)
class Report:
    funnel: Funnel
    stages: list[Stage]
    walked: Progress
    counts: list[StageCount]
    span: Range
    gold_from: int | None

    @property
    def first(self) -> StageCount:
        return self.counts[0]

    @property
    def last(self) -> StageCount:
        return self.counts[-1]

    @property
    def is_empty(self) -> bool:
        return not self.walked.attempts

    def breakdown(self, by: str) -> list[Bucket]:
        return breakdown(self.walked, by)


def span_of(days: str, *, now: datetime) -> Range:
    """The range a screen names by its days; unknown words mean the default."""
    return Range(now - timedelta(days=int(days if days in RANGES else DEFAULT_RANGE)), now)


def report(funnel: Funnel, span: Range, *, now: datetime | None = None) -> Report:
    stages = list(funnel.stages.all())
    walked = progress(funnel, span, now=now or timezone.now(), stages=stages)
    return Report(funnel, stages, walked, count(stages, walked), span, gold_from(stages))


def gold_from(stages: list[Stage]) -> int | None:
    """The first stage that money reaches."""
    for number, stage in enumerate(stages):
        if any(kinds.known(match["kind"]) and kinds.get(match["kind"]).is_money for match in stage.matches):
            return number
    return None


@dataclass(frozen=True, slots=True)
class Behind:
    """The people behind a number: contacts by name, and how many browsers nobody knows yet."""

    contacts: list[int]
    unknown: int

    def __len__(self) -> int:
        return len(self.contacts) + self.unknown


def behind(found: Report, query: Mapping[str, str]) -> Behind | None:
    """Who stands behind `?stage=2&which=dropped` or `?stage=2&by=source&value=…`; None where the query makes no sense."""
    numbers = {str(number): number for number in range(len(found.stages))}
    number, by = numbers.get(query.get("stage", "")), query.get("by", "")
    if number is None:
        return None
    if by in DIMENSIONS:
        named = [bucket.value for bucket in found.breakdown(by) if bucket.value is not None]
        value = None if query.get("other") else query.get("value", "")
        people = people_from(found.walked, by, value, named, number)
    elif query.get("which") == "dropped" and number:
        people = found.walked.dropped_before(number)
    else:
        people = found.walked.reached(number)
    return Behind([person for person in people if person > 0], sum(person < 0 for person in people))


def contacts_of(funnel: Funnel, people: Behind) -> QuerySet[Contact]:
    contacts = Contact.objects.alive().filter(workspace=funnel.workspace, pk__in=people.contacts)
    return contacts.order_by("-updated_at", "-id")
