from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.notes.models import NOTE_LENGTH, TITLE_LENGTH, Task
from crm.workspaces.http import MemberRequest
from crm.workspaces.models import Membership, Role


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "autofocus": True}),
    )


class AssigneeField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Membership) -> str:
        return str(obj.user)


class TaskForm(forms.Form):
    title = forms.CharField(
        label=_("What to do"), max_length=TITLE_LENGTH, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    due_on = forms.DateField(
        label=_("On the day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    due_time = forms.TimeField(
        label=_("At the hour"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    reminder = forms.ChoiceField(label=_("Reminder by mail"), choices=Task.Reminder.choices, required=False)

    def __init__(self, request: MemberRequest, data: QueryDict | None = None, *, task: Task | None = None) -> None:
        initial: dict[str, Any] = {"due_on": timezone.localdate(), "assignee": request.membership.pk}
        if task:
            names = ("title", "due_on", "due_time", "reminder")
            initial = {name: getattr(task, name) for name in names} | {"assignee": task.assignee_id}
        super().__init__(data, initial=initial, auto_id="task-%s")
        workers = request.workspace.memberships.exclude(role=Role.ANALYST).select_related("user")
        self.fields["assignee"] = AssigneeField(
            workers.order_by("user__name", "pk"), label=_("Who does it"), required=False, empty_label=_("Nobody yet")
        )
