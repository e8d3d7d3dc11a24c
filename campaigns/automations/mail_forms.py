"""The settings of a step that sends a mailing: which, in which hours, and how many mails are enough for one person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.automations.step_forms import Said, StepForm
from campaigns.automations.steps.mailing import named
from campaigns.mailings import automatic
from campaigns.mailings.models import Mailing

CLOCK = {"type": "time", "dir": "ltr"}


class MailForm(StepForm):
    part = "campaigns/automations/_step_mail.html"
    more = "campaigns/automations/_step_mail_more.html"
    optional = ("since", "till")

    def build(self) -> None:
        step = self.step
        self.mail = named(step.get("mailing"), self.workspace)
        offered = [(str(pk), name) for pk, name in automatic.offered(self.workspace).values_list("pk", "name")]
        chosen = str(step.get("mailing") or "")
        if self.mail and chosen not in dict(offered):
            offered.insert(0, (chosen, self.mail.name))
        self.fields["mailing"] = forms.ChoiceField(
            label=_("Mailing"), choices=[("", _("Choose a mailing")), *offered], required=False, initial=chosen
        )
        self.fields["since"] = _hour(_("Not before"), step.get("since", ""))
        self.fields["till"] = _hour(_("Not after"), step.get("till", ""))
        self.fields["rest"] = forms.BooleanField(
            label=_("Not on Shabbat and holidays"), required=False, initial=step.get("rest", True)
        )
        self.fields["cap"] = forms.IntegerField(
            label=_("At most so many mails"),
            min_value=0,
            max_value=automatic.MOST,
            initial=step.get("cap", 0),
            help_text=_("Of all the mails a person gets. 0 is without a limit."),
        )
        self.fields["cap_days"] = forms.IntegerField(
            label=_("Within so many days"), min_value=1, max_value=automatic.MOST_DAYS, initial=step.get("cap_days", 7)
        )

    @property
    def is_draft(self) -> bool:
        return self.mail is not None and self.mail.status == Mailing.Status.DRAFT

    @property
    def begins_with_more(self) -> bool:
        """Nothing was chosen yet, so writing a new one comes first."""
        return self.mail is None

    @property
    def purposes(self) -> list[tuple[str, Any]]:
        return list(Mailing.Purpose.choices)

    def said(self) -> Said:
        cleaned = dict(self.cleaned_data)
        return cleaned | {"mailing": int(cleaned["mailing"]) if cleaned["mailing"] else None}


def _hour(label: Any, value: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, initial=value, widget=forms.TimeInput(CLOCK))
