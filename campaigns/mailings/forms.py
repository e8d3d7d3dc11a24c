from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from campaigns.content import naming
from campaigns.mailings import audience as audiences
from campaigns.mailings import drafting
from campaigns.mailings.models import Mailing
from crm.rules import counting
from crm.workspaces.models import Workspace

Purpose = Mailing.Purpose
PURPOSES = [
    (
        Purpose.ADVERTISEMENT,
        _(
            "Advertisement\nAn offer, a sale, a newsletter that sells. The subject will begin with the word the law asks for."
        ),
    ),
    (Purpose.CONTENT, _("Content\nKnowledge, tips, news, with nothing to sell. Only to those who agreed to mailings.")),
    (
        Purpose.SERVICE,
        _("Service\nAbout a purchase, a delivery or an account. Goes also to those who did not ask for mailings."),
    ),
]


class WordsForm(forms.Form):
    """Words of a mailing; each is checked as the verbs check it. Personal details are written as in the editor, by name."""

    def __init__(self, *arguments: Any, workspace: Workspace, **named: Any) -> None:
        self.workspace = workspace
        super().__init__(*arguments, **named)
        for name in drafting.MERGED:
            if self.initial.get(name):
                self.initial[name] = naming.to_people(self.initial[name], workspace)
        for name in drafting.WORDS:
            if name in self.fields:
                self.fields[name].widget.attrs["dir"] = "auto"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in drafting.WORDS:
            if name in cleaned and name not in self.errors:
                try:
                    said = (
                        naming.from_people(cleaned[name], self.workspace) if name in drafting.MERGED else cleaned[name]
                    )
                    cleaned[name] = drafting.clean_words(name, said, self.workspace)
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned


class CreateForm(WordsForm):
    purpose = forms.ChoiceField(label=_("What is this mail?"), choices=PURPOSES, widget=forms.RadioSelect)
    name = forms.CharField(label=_("Name of the mailing"), max_length=150, help_text=_("Only you see it."))
    subject = forms.CharField(label=_("Subject line"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language of the mail"), choices=settings.LANGUAGES)


class DetailsForm(WordsForm):
    subject = forms.CharField(
        label=_("Subject line"),
        max_length=200,
        required=False,
        help_text=_("A personal detail is written so: {First name|friends}"),
    )
    preheader = forms.CharField(
        label=_("Preview text"),
        max_length=200,
        required=False,
        help_text=_("The words that a mail program shows beside the subject."),
    )
    sender_name = forms.CharField(
        label=_("Sender's name"), max_length=100, required=False, help_text=_("If empty, the name of the business.")
    )
    name = forms.CharField(label=_("Name of the mailing"), max_length=150, help_text=_("Only you see it."))


class AudienceForm(forms.Form):
    """Who gets it and who does not. `audience` is what drafting takes."""

    everyone = forms.BooleanField(label=_("All contacts"), required=False)
    lists = forms.TypedMultipleChoiceField(coerce=int, required=False)
    segments = forms.TypedMultipleChoiceField(coerce=int, required=False)
    not_lists = forms.TypedMultipleChoiceField(coerce=int, required=False)
    not_segments = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *arguments: Any, workspace: Workspace, **named: Any) -> None:
        super().__init__(*arguments, **named)
        choices = audiences.choices(workspace)
        for name, kind in (
            ("lists", "lists"),
            ("segments", "segments"),
            ("not_lists", "lists"),
            ("not_segments", "segments"),
        ):
            self.fields[name].choices = [(row.pk, row.name) for row in choices[kind]]  # type: ignore[attr-defined]

    @property
    def audience(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields}


class Choice:
    """A list or segment to tick, with how many people it holds; None where counting takes too long just now."""

    def __init__(self, kind: str, row: Any, people: int | None, audience: dict[str, Any]) -> None:
        self.kind, self.pk, self.name, self.people = kind, row.pk, row.name, people
        self.is_in = row.pk in audience.get(kind, [])
        self.is_out = row.pk in audience.get(f"not_{kind}", [])


def choices_of(workspace: Workspace, audience: dict[str, Any]) -> dict[str, list[Choice]]:
    """{"lists": [...], "segments": [...]}, each with its people now."""
    offered = audiences.choices(workspace)
    on_list = Q(subscriptions__status="joined") & Q(
        subscriptions__contact__deleted_at=None, subscriptions__contact__merged_into=None
    )
    lists = offered["lists"].annotate(people=Count("subscriptions", filter=on_list))
    segments = list(offered["segments"])
    counts = counting.count_each(workspace, [{"segment": row.pk} for row in segments])  # one statement for all
    return {
        "lists": [Choice("lists", row, row.people, audience) for row in lists],
        "segments": [Choice("segments", row, people, audience) for row, people in zip(segments, counts, strict=True)],
    }
