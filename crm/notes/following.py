"""Notes and tasks follow the person: over a merge and back, and out with an erased one."""

from __future__ import annotations

from typing import Any

from crm.contacts.erasing import register_eraser
from crm.contacts.merging import register_merger
from crm.contacts.models import Contact
from crm.notes.models import Note, Task
from crm.notes.reminding import forget_mails


def merge(winner: Contact, loser: Contact) -> dict[str, list[int]]:
    memo = {
        "notes": list(Note.objects.filter(contact=loser).values_list("pk", flat=True)),
        "tasks": list(Task.objects.filter(contact=loser).values_list("pk", flat=True)),
    }
    Note.objects.filter(pk__in=memo["notes"]).update(contact=winner)
    Task.objects.filter(pk__in=memo["tasks"]).update(contact=winner)
    return memo


def unmerge(winner: Contact, loser: Contact, memo: Any) -> None:
    """What was written since stays with the winner."""
    for model, name in ((Note, "notes"), (Task, "tasks")):
        model._default_manager.filter(pk__in=(memo or {}).get(name, []), contact=winner).update(contact=loser)


def erase(contact: Contact) -> None:
    """The reminders kept in the outbox, then the rows."""
    forget_mails(contact)
    Note.objects.filter(contact=contact).delete()
    Task.objects.filter(contact=contact).delete()


register_merger("notes", merge, unmerge)
register_eraser("notes", erase)
