"""Reminders of tasks: one mail each, to who does the task.

The row says that its reminder went in the transaction that hands the mail over. In trial mode the mail is a row of the outbox,
so both happen or neither; with a mail server, a mail it did not take is tried again by the next tick, and one that went out in
the instant of a crash carries the same Message-ID, by which mailboxes show it once.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.contacts.models import Contact
from crm.notes.models import Task
from crm.outbox.models import OutboxMessage
from crm.workspaces.models import User

log = logging.getLogger(__name__)
STALE = timedelta(days=1)  # after a long standstill nobody is reminded of yesterday
MOST = 200


def remind(now: datetime) -> int:
    """Reminds of what is due; returns how many mails went."""
    due = Task.objects.open().filter(remind_at__lte=now, remind_at__gt=now - STALE, reminded_at=None)
    ids = list(due.order_by("remind_at").values_list("pk", flat=True)[:MOST])
    return sum(_remind_safely(pk, now) for pk in ids)


def _remind_safely(pk: int, now: datetime) -> bool:
    """One that cannot be sent keeps no other waiting."""
    try:
        return _remind(pk, now)
    except OSError:
        log.warning("the reminder of task %s did not go out", pk, exc_info=True)
        return False


@transaction.atomic
def _remind(pk: int, now: datetime) -> bool:
    """Whoever locks the row reminds; who comes second finds it done."""
    rows = Task.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, reminded_at=None, done_at=None)
    task = rows.select_related("workspace", "contact", "assignee__user", "created_by").first()
    reader = _reader(task) if task else None
    if task is None or reader is None:
        return False
    Task.objects.filter(pk=pk).update(reminded_at=now)
    mail(task, reader).send()
    return True


def _reader(task: Task) -> User | None:
    """Who does it; of a task that nobody does any more, who planned it, if still in the business."""
    if task.assignee:
        return task.assignee.user
    planned = task.created_by
    works_here = planned and task.workspace.memberships.filter(user=planned).exists()
    return planned if works_here else None


def mail(task: Task, reader: User) -> EmailMessage:
    with translation.override(reader.language), timezone.override(task.workspace.zone):
        url = reverse("contacts:contact_card", kwargs={"workspace": task.workspace.slug, "pk": task.contact_id})
        words = {"title": task.title, "link": settings.SITE_URL + url, "business": task.workspace.name}
        words["due"] = f"{task.due_on:%d/%m/%Y}" + (f" {task.due_time:%H:%M}" if task.due_time else "")
        return EmailMessage(
            subject=_("Reminder: %(title)s") % words,
            body=_("%(title)s\n\nDue: %(due)s\n%(business)s\n\nTo the contact's card:\n%(link)s") % words,
            to=[reader.email],
            headers={"Message-ID": message_id(task), "X-Mashpech-Workspace": task.workspace.slug},
        )


def message_id(task: Task) -> str:
    """The same however often it is made, another for another moment of reminding."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    moment = int(task.remind_at.timestamp()) if task.remind_at else 0
    return f"<task-{task.pk}-{moment}@{domain}>"


def forget_mails(contact: Contact) -> None:
    """Reminders about an erased person that the outbox kept."""
    for pk in contact.tasks.values_list("pk", flat=True):
        kept = OutboxMessage.objects.filter(workspace_id=contact.workspace_id)
        kept.filter(message_id__startswith=f"<task-{pk}-").delete()
