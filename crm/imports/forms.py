"""Forms of this room: a file or pasted rows, how a file is read, what becomes of it as a whole."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.consent.models import Channel
from crm.contacts.models import List
from crm.contacts.subscribing import clean_tag
from crm.imports.layouts import DELIMITERS, ENCODINGS, HEADER_ROWS, QUOTES, XLSX, Layout
from crm.imports.planning import PROOF_LENGTH
from crm.workspaces.models import Workspace

MOST_PASTED = 1_000_000
NAMED = {"\t": "tab"}  # a tab does not survive in a form


class PasteForm(forms.Form):
    rows = forms.CharField(
        label=_("Rows"),
        max_length=MOST_PASTED,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "placeholder": _("Name, e-mail, mobile")}),
        help_text=_("Copy them from Excel or Google Sheets with their titles, and paste them here."),
    )

    def clean_rows(self) -> str:
        rows = str(self.cleaned_data["rows"])
        if not rows.strip():
            raise ValidationError(_("Paste at least one row."))
        return rows


class LayoutForm(forms.Form):
    """How the file is read. Every part was found, and every part may be overruled."""

    encoding = forms.ChoiceField(label=_("Letters"), choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(
        label=_("Between cells"), choices=[(NAMED.get(sign, sign), words) for sign, words in DELIMITERS.items()]
    )
    quote = forms.ChoiceField(label=_("Marks round cells"), choices=list(QUOTES.items()), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"))
    header_row = forms.TypedChoiceField(label=_("Titles of the columns"), coerce=int)

    def __init__(self, data: Any, *, layout: Layout, sheets: list[str]) -> None:
        said = {name: getattr(layout, name) for name in ("encoding", "delimiter", "quote", "sheet", "header_row")}
        super().__init__(data, initial=said | {"delimiter": NAMED.get(layout.delimiter, layout.delimiter)})
        self.layout = layout
        rows = [(number, _("In row %(number)d") % {"number": number}) for number in range(1, HEADER_ROWS + 1)]
        self.fields["header_row"].choices = [(0, _("There are none")), *rows]  # type: ignore[attr-defined]
        self.fields["sheet"].choices = [(name, name) for name in sheets]  # type: ignore[attr-defined]
        unused = ("encoding", "delimiter", "quote") if layout.kind == XLSX else ("sheet",)
        for name in unused:
            del self.fields[name]

    def said(self) -> Layout:
        """The layout as chosen; parts that are missing or make no sense stay as they are."""
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if name in self.data}
        if "delimiter" in chosen:
            chosen["delimiter"] = "\t" if chosen["delimiter"] == NAMED["\t"] else chosen["delimiter"]
        return self.layout.overruled(chosen)


class PlanForm(forms.Form):
    """What becomes of the file as a whole; its columns are drawn and read by crm.imports.columns."""

    match = forms.ChoiceField(label=_("Who is already here is recognised by"))
    faulty = forms.ChoiceField(
        label=_("When one cell of a row is wrong"),
        choices=[("leave_out", _("Take the person in without it")), ("refuse", _("Leave the row out and tell me"))],
    )
    lists = forms.MultipleChoiceField(label=_("Add them to lists"), widget=forms.CheckboxSelectMultiple, required=False)
    new_list = forms.CharField(
        label=_("Or to a new list"), max_length=100, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    tags = forms.CharField(
        label=_("Give them tags"),
        max_length=1000,
        required=False,
        help_text=_("Several are separated by commas."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    basis = forms.ChoiceField(
        label=_("How did these people agree to get mail from you?"),
        choices=[
            ("agreed", _("They agreed")),
            ("column", _("The file says who agreed")),
            ("none", _("We do not know")),
        ],
        error_messages={"required": _("Choose an answer. It decides whether they may be written to.")},
    )
    channels = forms.MultipleChoiceField(
        label=_("What did they agree to?"),
        choices=[(channel.value, channel.label) for channel in (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    how = forms.CharField(
        label=_("When and where did they agree?"),
        max_length=PROOF_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "placeholder": _("The form on our site, since March 2024")}),
    )
    wording = forms.CharField(
        label=_("What was written there?"),
        max_length=PROOF_LENGTH,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "dir": "auto", "placeholder": _("I agree to get offers and news by e-mail")}
        ),
        help_text=_("Kept on the card of each person as the proof of consent."),
    )

    def __init__(
        self, data: Any, *, workspace: Workspace, matches: list[tuple[str, Any]], initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial)
        self.workspace = workspace
        self.fields["match"].choices = matches  # type: ignore[attr-defined]
        known = List.objects.filter(workspace=workspace, deleted_at=None).values_list("pk", "name")
        self.fields["lists"].choices = [(str(pk), name) for pk, name in known]  # type: ignore[attr-defined]

    def clean_tags(self) -> list[str]:
        return [clean_tag(name) for name in self.cleaned_data["tags"].split(",") if name.strip()]

    def clean_new_list(self) -> str:
        return " ".join(self.cleaned_data["new_list"].split())
