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
    workspace: Workspace, owner: User, low: Sequence[tuple[Person, datetime]], *, called: int, now: datetime
) -> list[Task]:
    """The automation's task for each of `low` (who, and when they answered), the earliest of them done; the others wait for
    today."""
    member = Membership.objects.get(workspace=workspace, user=owner)
    tasks = {task.contact_id: task for task in Task.objects.filter(workspace=workspace)}
    made: list[Task] = []
    for place, (person, at) in enumerate(sorted(low, key=lambda pair: pair[1])):
        task, is_done = tasks[person.pk], place < called
        task.created_at, task.assignee = at, member
        task.due_on = timezone.localtime(at if is_done else now, workspace.zone).date()
        task.done_at = min(at + timedelta(hours=5), now) if is_done else None
        task.done_by = owner if is_done else None
        made.append(task)
    Task.objects.bulk_update(made, ["created_at", "assignee", "due_on", "done_at", "done_by"])
    _tell(workspace, made)
    return made


def _tell(workspace: Workspace, tasks: Sequence[Task]) -> None:
    told = []
    for task in tasks:
        if task.done_at:
            about: dict[str, Any] = {"contact": task.contact_id, "subject_id": task.pk, "shown": task.title}
            told.append(build(workspace.pk, "task.done", occurred_at=task.done_at, actor="user", **about))
    record_many(told)
