"""Rows of an import for the eyes of a member: what was in the file, what became of it, and why, in the active language.

Reasons are kept without words. What is wrong with a cell is said by reading the cell again, so it is said to each in their own
language and names what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.imports.cleaning import Cleaner
from crm.imports.layouts import WARNINGS
from crm.imports.models import Import, ImportEffect, ImportRow

NOTES = {
    "unsubscribed": gettext_lazy("Stay unsubscribed, as they asked"),
    "phone_only": gettext_lazy("Known by phone only"),
    "landline": gettext_lazy("The phone is no mobile, so it gets no SMS"),
    "conflicted": gettext_lazy("An address belongs to another contact and was left out"),
    "agreed": gettext_lazy("Get consent from this import"),
    "restored": gettext_lazy("Come back from the bin"),
}
WHY: dict[str, Any] = {
    "nobody": gettext_lazy("There is no e-mail address and no phone number."),
    "no_key": gettext_lazy("What people are recognised by is missing."),
    "email_taken": gettext_lazy("The e-mail address belongs to another contact, so it was left out."),
    "phone_taken": gettext_lazy("The phone number belongs to another contact, so it was left out."),
    "taken": gettext_lazy("The address belongs to another contact."),
    "ambiguous": gettext_lazy("Several contacts have this value, so it is not clear who is meant."),
    "key_conflict": gettext_lazy("The address belongs to a contact who is recognised by another value."),
    "fault": gettext_lazy("This row could not be stored."),
    **WARNINGS,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """`line` is the number a spreadsheet shows; `reasons` are sentences, each with the title of its column where it has one."""

    number: int
    line: int
    cells: list[str]
    outcome: str
    reasons: list[str] = field(default_factory=list)
    contact_id: int | None = None


def samples(importing: Import) -> dict[str, list[Shown]]:
    """A few rows for each outcome of the check, by ImportEffect.Outcome."""
    found: dict[str, list[int]] = importing.tallies.get("checked", {}).get("samples", {})
    numbers = {number: outcome for outcome, listed in found.items() for number in listed}
    shown: dict[str, list[Shown]] = {outcome: [] for outcome in found}
    words = Words(importing)
    for row in importing.rows.filter(number__in=list(numbers)).order_by("number"):
        shown[numbers[row.number]].append(words.shown(row, numbers[row.number]))
    return shown


def refused(importing: Import, *, after: int = 0, limit: int = 50) -> list[Shown]:
    """Refused rows in the order of the file, beginning after the number `after`. Before the run, what the file itself lacks."""
    words = Words(importing)
    late = importing.effects.filter(outcome=ImportEffect.Outcome.REFUSED, number__gt=after).order_by("number")[:limit]
    effects = {one.number: one for one in late}
    early = importing.rows.filter(refused=True, number__gt=after).order_by("number")[:limit]
    numbers = sorted({*effects, *(row.number for row in early)})[:limit]
    rows = importing.rows.filter(number__in=numbers).order_by("number")
    return [words.shown(row, ImportEffect.Outcome.REFUSED, effects.get(row.number)) for row in rows]


def kept(importing: Import, *, after: int = 0, limit: int = 50) -> list[Shown]:
    """After an undo: the rows whose people stayed, or kept what was edited since; `outcome` is of ImportEffect.Undone."""
    left = (ImportEffect.Undone.KEPT, ImportEffect.Undone.PARTLY)
    found = importing.effects.filter(undone__in=left, number__gt=after).order_by("number")[:limit]
    effects = {one.number: one for one in found}
    words = Words(importing)
    rows = importing.rows.filter(number__in=list(effects)).order_by("number")
    return [words.shown(row, effects[row.number].undone, effects[row.number]) for row in rows]


class Words:
    """Reasons in the active language."""

    def __init__(self, importing: Import) -> None:
        self.headers = importing.headers
        self.clean = Cleaner(importing.workspace, importing.plan) if importing.plan else None

    def shown(self, row: ImportRow, outcome: str, effect: ImportEffect | None = None) -> Shown:
        reasons = effect.reasons if effect else row.reasons
        contact_id = effect.contact_id if effect else None
        return Shown(row.number, row.line, row.cells, str(outcome), self.of(reasons, row.cells), contact_id)

    def of(self, reasons: Iterable[Mapping[str, Any]], cells: list[str]) -> list[str]:
        listed = list(reasons)
        about_cells = any(reason["column"] is not None for reason in listed)
        faults = self.clean(cells).faults if about_cells and self.clean else []
        said = {column: words for column, words, _code in faults if column is not None}
        return [self._sentence(reason, said) for reason in listed]

    def _sentence(self, reason: Mapping[str, Any], said: Mapping[int, str]) -> str:
        column = reason["column"]
        if column is None:
            return str(WHY.get(reason["code"], _("This row could not be stored.")))
        title = self.headers[column] if column < len(self.headers) else ""
        words = said.get(column) or _("This cannot be read.")  # a field that was changed since reads it otherwise
        return f"{title}: {words}"

    def why(self, key: str) -> str:
        """The words of a key of a tally's "why", such as "2 invalid"."""
        column, _space, code = key.rpartition(" ")
        if not column:
            return str(WHY.get(code, _("This row could not be stored.")))
        title = self.headers[int(column)] if int(column) < len(self.headers) else ""
        return _("%(column)s: cannot be read") % {"column": title}
