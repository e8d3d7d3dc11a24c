"""What this room holds about a person: what members wrote down, and what they meant to do."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from crm.contacts.disclosing import Section, register_discloser
from crm.notes.following import KEYS
from crm.notes.models import Note, Task
from crm.workspaces.models import Workspace


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    notes = [{"text": row.text, "at": row.created_at} for row in Note.objects.filter(contact__in=ids).order_by("pk")]
    yield Section("notes", _("Notes"), (("text", _("Note")), ("at", _("When"))), notes)
    tasks = [
        {"title": row.title, "due": row.due_on, "done": row.done_at, "at": row.created_at}
        for row in Task.objects.filter(contact__in=ids).order_by("pk")
    ]
    columns = (("title", _("Task")), ("due", _("Due")), ("done", _("Done")), ("at", _("Written")))
    yield Section("tasks", _("Tasks"), columns, tasks)


register_discloser("notes", tell, covers=KEYS, order=70)
