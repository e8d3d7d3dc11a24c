"""Tasks: planned for a day, perhaps an hour; done, undone, deleted and brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts.identity import one_line
from crm.contacts.models import Contact
from crm.notes.models import TITLE_LENGTH, Task
from crm.timeline.recording import build, record, record_many
from crm.workspaces.models import Membership, User, Workspace

MORNING = time(9, 0)  # when a task without an hour is due, for its reminder
LAST_YEAR = 2200
PARTS = ("title", "due_on", "due_time", "assignee", "reminder")


@transaction.atomic
def add(contact: Contact, *, said: Mapping[str, Any], by: User | None, actor: str) -> Task:
    """`said`: title, due_on (a date), due_time (a time or None), assignee (a Membership or None), reminder.

    Raises ValidationError with a dict of these names.
    """
    task = Task(workspace_id=contact.workspace_id, contact=contact, created_by=by)
    _write(task, contact.workspace, said)
    task.save()
    record(contact.workspace_id, "task.added", contact=contact, subject_id=task.pk, actor=actor, shown=task.title)
    return task


@transaction.atomic
def add_many(
    workspace: Workspace, people: Sequence[tuple[int, str]], *, said: Mapping[str, Any], now: datetime
) -> list[Task]:
    """The same task for each (contact, actor), in a few statements. Contacts are of the workspace. Raises as `add` does."""
    tasks = [Task(workspace=workspace, contact_id=pk, created_at=now) for pk, _actor in people]
    for task in tasks:
        _write(task, workspace, said)
    Task.objects.bulk_create(tasks, batch_size=500)
    told = zip(tasks, people, strict=True)
    record_many(
        build(
            workspace.pk, "task.added", contact=pk, subject_id=task.pk, actor=actor, occurred_at=now, shown=task.title
        )
        for task, (pk, actor) in told
    )
    return tasks


@transaction.atomic
def edit(task: Task, *, said: Mapping[str, Any]) -> Task:
    """What is left out stays. Another moment of the reminder is reminded of anew. Raises ValidationError."""
    fresh = Task.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=task.pk)
    before = fresh.remind_at
    _write(fresh, fresh.workspace, said)
    if fresh.remind_at != before:
        fresh.reminded_at = None
    fresh.save()
    return fresh


@transaction.atomic
def finish(task: Task, *, by: User | None, actor: str) -> bool:
    """Returns whether it was open: the second of two who finish it at once records nothing."""
    rows = Task.objects.filter(pk=task.pk, done_at=None, deleted_at=None)
    finished = bool(rows.update(done_at=timezone.now(), done_by=by))
    if finished:
        about = {"contact": task.contact_id, "subject_id": task.pk, "actor": actor}
        record(task.workspace_id, "task.done", **about, shown=task.title)
    return finished


def reopen(task: Task) -> bool:
    """The undo of `finish`. The timeline keeps that it was done once."""
    return bool(Task.objects.filter(pk=task.pk, done_at__isnull=False).update(done_at=None, done_by=None))


def delete(task: Task) -> bool:
    return bool(Task.objects.filter(pk=task.pk, deleted_at=None).update(deleted_at=timezone.now()))


def restore(task: Task) -> bool:
    return bool(Task.objects.filter(pk=task.pk, deleted_at__isnull=False).update(deleted_at=None))


def empty_bin(before: datetime) -> int:
    return Task.objects.filter(deleted_at__lt=before).delete()[0]


def due_moment(task: Task, workspace: Workspace) -> datetime:
    """When it is due, on the business's clock."""
    return datetime.combine(task.due_on, task.due_time or MORNING, tzinfo=workspace.zone)


def moment_of_reminder(task: Task, workspace: Workspace) -> datetime | None:
    due = due_moment(task, workspace)
    day_before = datetime.combine(task.due_on - timedelta(days=1), MORNING, tzinfo=workspace.zone)
    return {"at": due, "hour": due - timedelta(hours=1), "day": day_before}.get(task.reminder)


def _write(task: Task, workspace: Workspace, said: Mapping[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    for name in PARTS:
        if name in said:
            setattr(task, name, said[name])
    task.title = one_line(task.title or "")
    if not task.title:
        errors["title"] = [_("Write what to do.")]
    if len(task.title) > TITLE_LENGTH:
        errors["title"] = [_("At most %(limit)s characters.") % {"limit": TITLE_LENGTH}]
    if not isinstance(task.due_on, date) or not 2000 <= task.due_on.year <= LAST_YEAR:
        errors["due_on"] = [_("Choose a day.")]
    if task.reminder not in Task.Reminder.values:
        errors["reminder"] = [_("There is no such reminder.")]
    if isinstance(task.assignee, Membership) and task.assignee.workspace_id != workspace.pk:
        errors["assignee"] = [_("This person does not work in the business.")]
    if errors:
        raise ValidationError(errors)
    task.remind_at = moment_of_reminder(task, workspace)
