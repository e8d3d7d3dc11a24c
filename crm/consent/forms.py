"""Forms of this room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.consent.models import Channel, Consent
from crm.contacts.identity import clean_email, clean_phone

NOTE_LENGTH = 500
ADDRESSED = [(channel.value, channel.label) for channel in Channel if channel != Channel.TRACKING]


class StatementForm(forms.Form):
    """What a person said, written down by a member. The note is the proof, so there is no statement without one."""

    channel = forms.ChoiceField(label=_("By which channel?"), choices=Channel.choices)
    state = forms.ChoiceField(
        label=_("What did the person say?"),
        choices=[(Consent.State.GRANTED, _("Agreed")), (Consent.State.WITHDRAWN, _("Asked to stop"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("How do you know?"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Who heard it, when and in which words. It is kept as the proof and cannot be changed."),
    )


class BlockForm(forms.Form):
    """An address that nobody of the business may write to."""

    channel = forms.ChoiceField(label=_("Channel"), choices=ADDRESSED)
    address = forms.CharField(
        label=_("E-mail or mobile"), max_length=254, widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"})
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        clean = clean_email if found.get("channel") == Channel.EMAIL else clean_phone
        try:
            found["address"] = clean(found.get("address"))
        except ValidationError as error:
            self.add_error("address", error)
        return found
