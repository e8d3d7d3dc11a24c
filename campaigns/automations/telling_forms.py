"""The settings of steps that tell somebody: a task, a mail to a member, another system, another automation."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.automations.models import Automation
from campaigns.automations.step_forms import Said, StepForm, choice, whole_or_none


class MemberForm(StepForm):
    """Somebody of the business, or nobody in particular."""

    line = ""
    line_label = _("What to do")
    nobody = _("Whoever is free")
    optional: tuple[str, ...] = ("member",)

    def build(self) -> None:
        widget = forms.TextInput({"dir": "auto", "autocomplete": "off"})
        initial = self.step.get(self.line, "")
        self.fields[self.line] = forms.CharField(label=self.line_label, required=False, initial=initial, widget=widget)
        members = self.workspace.memberships.select_related("user").order_by("pk")
        names = [(row.pk, row.user.name or row.user.email) for row in members]
        self.fields["member"] = choice(_("For whom?"), names, self.step.get("member"), empty=self.nobody)

    def said(self) -> Said:
        return dict(self.cleaned_data) | {"member": whole_or_none(self.cleaned_data["member"])}


class TaskForm(MemberForm):
    line = "title"

    def build(self) -> None:
        super().build()
        self.fields["days"] = forms.IntegerField(
            label=_("Due after so many days"), min_value=0, max_value=366, initial=self.step.get("days", 0)
        )


class NotifyForm(MemberForm):
    line, line_label, nobody = "words", _("What to tell them"), _("Choose a user")
    optional = ()


class WebhookForm(StepForm):
    more = "campaigns/automations/_step_call_more.html"

    def build(self) -> None:
        widget = forms.URLInput({"dir": "ltr", "autocomplete": "off"})
        self.fields["url"] = forms.CharField(
            label=_("Address of the other system"), required=False, initial=self.step.get("url", ""), widget=widget
        )


class OtherForm(StepForm):
    """Which other automation."""

    def build(self) -> None:
        rows = Automation.objects.filter(workspace=self.workspace, deleted_at=None).order_by("name")
        chosen = self.step.get("automation")
        empty = _("Choose an automation")
        self.fields["automation"] = choice(_("Automation"), rows.values_list("pk", "name"), chosen, empty=empty)

    def said(self) -> Said:
        return {"automation": whole_or_none(self.cleaned_data["automation"])}
