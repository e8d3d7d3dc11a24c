"""Automations in numbers: who is inside, who finished, who needs attention; for the list and the head of the builder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from campaigns.automations import errands, triggers
from campaigns.automations.models import Automation, Enrolment, Errand
from crm.rules.remembering import remembering
from crm.workspaces.models import Workspace

State = Enrolment.State
MOST_STUCK = 5


@dataclass(slots=True)
class Numbers:
    inside: int = 0
    done: int = 0
    left: int = 0
    stuck: int = 0

    @property
    def active(self) -> int:
        return self.inside - self.stuck

    @property
    def entered(self) -> int:
        return self.inside + self.done + self.left


@dataclass(frozen=True, slots=True)
class Row:
    automation: Automation
    starts: list[str]
    numbers: Numbers


def automations_of(workspace: Workspace) -> QuerySet[Automation]:
    return Automation.objects.filter(workspace=workspace, deleted_at=None)


def numbers_by_id(automations: Iterable[int]) -> dict[int, Numbers]:
    """Counted in one statement. Whoever is stuck is inside, too."""
    ids = list(automations)
    found = {pk: Numbers() for pk in ids}
    rows = Enrolment.objects.filter(automation__in=ids).order_by().values_list("automation", "state")
    for pk, state, count in rows.annotate(count=Count("pk")):
        numbers = found[pk]
        if state in Enrolment.INSIDE:
            numbers.inside += count
        numbers.stuck += count if state == State.STUCK else 0
        numbers.done += count if state == State.DONE else 0
        numbers.left += count if state == State.LEFT else 0
    return found


def numbers_of(automation: Automation) -> Numbers:
    return numbers_by_id([automation.pk])[automation.pk]


def rows_of(workspace: Workspace, automations: Sequence[Automation]) -> list[Row]:
    numbers = numbers_by_id([one.pk for one in automations])
    with remembering():
        return [Row(one, _starts(one, workspace), numbers[one.pk]) for one in automations]


def _starts(automation: Automation, workspace: Workspace) -> list[str]:
    return [triggers.words(one, workspace) for one in automation.draft.get("triggers", [])]


def stuck_of(automation: Automation) -> list[Enrolment]:
    """Some of those who cannot go on, with why."""
    rows = Enrolment.objects.filter(automation=automation, state=State.STUCK).select_related("contact")
    return list(rows.order_by("arrived_at")[:MOST_STUCK])


def parked_of(automation: Automation) -> tuple[int, list[Errand]]:
    """How many mails and calls were given up, and some of them with why."""
    rows = errands.parked(automation)
    return rows.count(), list(rows[:MOST_STUCK])
