"""How the survey came to its answers, a mail to every buyer; and what came of them, a call to whoever was let down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from campaigns.mailings.models import Mailing
from config.demo.cast import Person
from config.demo.clock import Clock
from config.demo.log import Log
from config.demo.story import Story
from crm.notes.models import Task
from crm.timeline.recording import build, record_many
from crm.workspaces.models import Membership, User, Workspace

DELIVERED = timedelta(days=7)
OPENED = 0.62  # of those who were asked


def asked_at(person: Person, clock: Clock) -> datetime:
    """A week after the purchase, or as much of it as there was."""
    bought = person.bought_at or person.created_at
    return max(min(bought + DELIVERED, clock.now - timedelta(minutes=10)), bought)


def tell_opens(log: Log, mailing: Mailing, each: Mapping[int, datetime], random: Random, clock: Clock) -> None:
    for contact in random.sample(sorted(each), round(len(each) * OPENED)):
        log.add("mailing.opened", clock.soon(each[contact], hours=14), contact=contact, subject=mailing)


def calls(
    workspace: Workspace, story: Story, owner: User, low: Sequence[tuple[Person, datetime]], *, now: datetime
) -> list[Task]:
    """A task for each of `low` (who, and when they answered), the earliest of them done; the others wait for today."""
    member = Membership.objects.get(workspace=workspace, user=owner)
    ordered = sorted(low, key=lambda pair: pair[1])
    made: list[Task] = []
    for place, (person, at) in enumerate(ordered):
        is_done = place < story.figures.called
        day = timezone.localtime(at if is_done else now, workspace.zone).date()
        done_at = min(at + timedelta(hours=5), now) if is_done else None
        about = {"assignee": member, "created_by": owner, "created_at": at, "done_at": done_at}
        task = Task(workspace=workspace, contact_id=person.pk, title=story.words["call_task"], due_on=day, **about)
        task.done_by = owner if is_done else None
        made.append(task)
    Task.objects.bulk_create(made)
    _tell(workspace, made)
    return made


def _tell(workspace: Workspace, tasks: Sequence[Task]) -> None:
    told = []
    for task in tasks:
        for kind, at in (("task.added", task.created_at), ("task.done", task.done_at)):
            if at:
                about: dict[str, Any] = {"contact": task.contact_id, "subject_id": task.pk, "shown": task.title}
                told.append(build(workspace.pk, kind, occurred_at=at, actor="user", **about))
    record_many(told)
