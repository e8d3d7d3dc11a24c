"""Notes and tasks on the card of a contact."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from crm.contacts.card import register_panel
from crm.contacts.models import Contact
from crm.notes.forms import TaskForm
from crm.notes.models import Task
from crm.workspaces.http import MemberRequest

MOST_NOTES, MOST_TASKS = 5, 20


def draw(request: MemberRequest, contact: Contact) -> SafeString | str:
    """Open tasks by their day; the pinned and the newest notes, a link to the rest. A reader sees it where there is any."""
    notes = contact.notes.filter(deleted_at=None)
    shown = list(notes.select_related("author")[: MOST_NOTES + 1])
    tasks = list(Task.objects.open().filter(contact=contact).select_related("assignee__user")[:MOST_TASKS])
    if not (shown or tasks or request.membership.may_edit):
        return ""
    now = timezone.localtime()
    for task in tasks:
        task.late = task.is_late(now)  # type: ignore[attr-defined]
    context = {
        "contact": contact,
        "notes": shown[:MOST_NOTES],
        "more": len(shown) > MOST_NOTES,
        "tasks": tasks,
        "form": TaskForm(request),
        "me": request.user.pk,
    }
    return render_to_string("crm/notes/_panel.html", context, request=request)


register_panel("notes", draw, order=50)
