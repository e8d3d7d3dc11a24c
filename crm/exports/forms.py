from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.contacts.identity import one_line
from crm.contacts.portable import ID
from crm.exports.columns import GROUPS, Column
from crm.exports.csv_file import DELIMITERS, ENCODINGS
from crm.exports.exporting import Wish

DELIMITER_WORDS = {"comma": _("Comma"), "semicolon": _("Semicolon"), "tab": _("Tab")}


class ExportForm(forms.Form):
    """How the file is to be. The contact's number is always in it; sensitive columns are offered to owners alone."""

    format = forms.ChoiceField(
        label=_("Type of file"),
        choices=[("xlsx", _("Excel (XLSX)")), ("csv", _("Text (CSV)"))],
        widget=forms.RadioSelect,
        initial="xlsx",
    )
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        error_messages={"required": _("Choose at least one column.")},
        widget=forms.CheckboxSelectMultiple,
    )
    encoding = forms.ChoiceField(label=_("Encoding"), choices=list(ENCODINGS.items()), required=False)
    delimiter = forms.ChoiceField(label=_("Between columns"), choices=list(DELIMITER_WORDS.items()), required=False)
    reason = forms.CharField(label=_("Why sensitive details are exported"), max_length=300, required=False)

    def __init__(self, columns: Sequence[Column], *args: Any, may_sensitive: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.all = list(columns)
        self.offered = [one for one in columns if one.key != ID and (may_sensitive or not one.is_sensitive)]
        self.fields["columns"].choices = [(one.key, one.head) for one in self.offered]  # type: ignore[attr-defined]
        self.initial.setdefault("columns", [one.key for one in self.offered if not one.is_sensitive])
        self.fields["reason"].widget.attrs["dir"] = "auto"

    def clean_reason(self) -> str:
        return one_line(self.cleaned_data["reason"])

    @property
    def groups(self) -> Iterator[tuple[str | Promise, list[tuple[Column, bool]]]]:
        """(title, [(column, whether it is chosen)]) for the page."""
        chosen = set(self["columns"].value() or [])
        for name, title in GROUPS.items():
            members = [(one, one.key in chosen) for one in self.offered if one.group == name]
            if members:
                yield title, members

    @property
    def has_sensitive(self) -> bool:
        return any(one.is_sensitive for one in self.offered)

    @property
    def hides_sensitive(self) -> bool:
        return any(one.is_sensitive for one in self.all) and not self.has_sensitive

    @property
    def wish(self) -> Wish:
        said = self.cleaned_data
        chosen = {ID, *said["columns"]}
        columns = [one for one in self.all if one.key in chosen]
        encoding, delimiter = said["encoding"] or next(iter(ENCODINGS)), said["delimiter"] or next(iter(DELIMITERS))
        return Wish(said["format"], columns, encoding, delimiter, said["reason"])
