"""What this room adds to the home screen: the tasks that are due."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.notes.models import Task
from crm.workspaces import home
from crm.workspaces.http import MemberRequest

NAMED = 3


def due_tasks(request: MemberRequest) -> Iterator[home.Matter]:
    """Mine, of today and before."""
    today = timezone.localdate()
    mine = Task.objects.open().filter(workspace=request.workspace, assignee=request.membership, due_on__lte=today)
    count = mine.count()
    if not count:
        return
    late = mine.filter(due_on__lt=today).count()
    named = ", ".join(mine.values_list("title", flat=True)[:NAMED])
    words = ngettext("One task is due today", "%(count)d tasks are due today", count) % {"count": count}
    if late:
        words += " " + ngettext("(one is late)", "(%(count)d are late)", late) % {"count": late}
    yield home.Matter(
        icon="clipboard-check",
        what=words,
        evidence=named,
        action=_("To the tasks"),
        url=reverse("notes:task_list", kwargs={"workspace": request.workspace.slug}),
        tone="ember" if late else "sea",
        order=20,
    )


home.register_matter("tasks", due_tasks)
