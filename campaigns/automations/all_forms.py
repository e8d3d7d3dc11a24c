"""Which form belongs to which kind of step; a kind without settings has the empty one."""

from __future__ import annotations

from django.http import QueryDict

from campaigns.automations.mail_forms import MailForm
from campaigns.automations.moment_forms import DateForm, FieldDateForm, WeekdayForm
from campaigns.automations.step_forms import (
    AddForm,
    FieldForm,
    HopeForm,
    ListForm,
    Said,
    SetForm,
    SpanForm,
    SplitForm,
    StepForm,
    TagForm,
)
from campaigns.automations.telling_forms import NotifyForm, OtherForm, TaskForm, WebhookForm
from crm.workspaces.models import Workspace

FORMS: dict[str, type[StepForm]] = {
    "mail": MailForm,
    "until_weekday": WeekdayForm,
    "until_date": DateForm,
    "until_field": FieldDateForm,
    "task": TaskForm,
    "notify": NotifyForm,
    "webhook": WebhookForm,
    "start": OtherForm,
    "leave_automation": OtherForm,
    "add": AddForm,
    "tag": TagForm,
    "untag": TagForm,
    "join": ListForm,
    "leave": ListForm,
    "set": SetForm,
    "clear": FieldForm,
    "wait": SpanForm,
    "hope": HopeForm,
    "split": SplitForm,
}


def form_of(step: Said, workspace: Workspace, data: QueryDict | None = None) -> StepForm:
    return FORMS.get(step["type"], StepForm)(step, workspace, data)
