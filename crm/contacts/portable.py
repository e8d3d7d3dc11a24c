"""How people are written in files of ours, so that such a file reads back exactly as it was.

Exports write by these rules, imports undo them: the heads that name a column, the escaping that keeps a spreadsheet from
running a cell, and the one canonical text of every type of value. docs/decisions/0001-files-that-read-back.md says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, override

from crm.contacts.field_types import DEFINITIONS, option_id, option_label
from crm.contacts.models import CustomField, FieldType
from crm.workspaces.models import Workspace

Cell = str | int | float | date | None
# Signs that make a spreadsheet run a cell, the full-width ones too; and the same behind apostrophes that we or others put.
RISKY = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
SEPARATOR = "; "
ID = "id"
OWN: dict[str, str | Promise] = {
    ID: gettext_lazy("Contact number in Mashpech"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Mobile"),
    "source": gettext_lazy("Source"),
    "created_at": gettext_lazy("Date of joining"),
    "lists": gettext_lazy("Lists"),
    "tags": gettext_lazy("Tags"),
}


# -- escaping: text files only; a cell of a workbook is typed, and needs none -------------------------------------------


def guard(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it. `unguard` takes exactly that back."""
    return f"'{text}" if RISKY.match(text) else text


def unguard(text: str) -> str:
    """What `guard` was given. Only for files that `recognised`: elsewhere an apostrophe may be meant."""
    return text[1:] if text.startswith("'") and RISKY.match(text) else text


# -- heads --------------------------------------------------------------------------------------------------------------


def heads(columns: Iterable[tuple[str, str]]) -> dict[str, str]:
    """{key: head} of (key, label), each head once: a field called as another column carries its key, "Source (f12)"."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for key, label in columns:
        head = label if label.casefold() not in seen else f"{label} ({key})"
        seen.add(head.casefold())
        found[key] = head
    return found


def recognised(row: Sequence[str], workspace: Workspace) -> dict[int, str] | None:
    """{position: key} of a file of ours by its first row, in either language; None for a file of anybody else.

    Keys are those of OWN and "f12". A column that is left out is not for reading: consent is told, never granted by a file.
    """
    first = row[0].lstrip("\ufeff").strip() if row else ""
    for language in ("he", "en"):
        with override(language):
            if first == str(OWN[ID]):
                return _placed([unguard(head.strip()) for head in row], workspace)
    return None


def _placed(row: Sequence[str], workspace: Workspace) -> dict[int, str]:
    labels = [(key, str(label)) for key, label in OWN.items()]
    labels += [(field.storage_key, field.label) for field in workspace.custom_fields.active()]
    keys = {head.casefold(): key for key, head in heads(labels).items()}
    own = {str(label).casefold(): key for key, label in OWN.items()}
    found = {place: (keys | own).get(head.casefold(), "") for place, head in enumerate(row)}
    return {place: key for place, key in found.items() if key} | {0: ID}


# -- values -------------------------------------------------------------------------------------------------------------


def writer(field: CustomField) -> Callable[[Any], Cell]:
    """A function from a stored value to its cell. Call it in the language of the business: yes and no are words."""
    kept: dict[Any, Cell] = {}
    say = WRITERS.get(FieldType(field.type), _as_text)

    def cell(value: Any) -> Cell:
        if value is None:
            return None
        key = tuple(value) if isinstance(value, list) else value
        if field.type not in REPEATED:
            return say(field, value)
        if key not in kept:
            kept[key] = say(field, value)
        return kept[key]

    return cell


def phone_cell(phone: str | None) -> str | None:
    """050-123-4567: text to every spreadsheet, with its zero; numbers of other countries keep their +.

    A number whose zero could be taken for the beginning of an international call (012...) keeps its + as well.
    """
    digits = phone[4:] if phone and phone.startswith("+972") else ""
    if len(digits) not in (8, 9) or digits[0] in "01":
        return phone
    return f"0{digits[:-7]}-{digits[-7:-4]}-{digits[-4:]}"


def joined(names: Iterable[str]) -> str:
    """Names in one cell; `split` takes them apart whatever stands in them."""
    return SEPARATOR.join(name.replace("\\", "\\\\").replace(";", "\\;") for name in names)


def split(text: str) -> list[str]:
    parts = re.findall(r"(?:[^;\\]|\\.)+", text)
    names = [re.sub(r"\\(.)", r"\1", part).strip() for part in parts]
    return [name for name in names if name]


def _as_text(field: CustomField, value: Any) -> Cell:
    return str(value)


def _as_number(field: CustomField, value: Any) -> Cell:
    return value if isinstance(value, (int, float)) else str(value)


def _as_date(field: CustomField, value: Any) -> Cell:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)


def _as_truth(field: CustomField, value: Any) -> Cell:
    return gettext("Yes") if value else gettext("No")


def _as_choice(field: CustomField, value: Any) -> Cell:
    """The words of the option; its id where the words would be read as another one."""
    label = option_label(field, value)
    return label if _reads_back(lambda: option_id(field, label), value) else str(value)


def _as_choices(field: CustomField, value: Any) -> Cell:
    """The words, with commas; the ids where a word holds a comma of its own."""
    text = ", ".join(option_label(field, identifier) for identifier in value)
    ids = ", ".join(map(str, value))
    return text if _reads_back(lambda: DEFINITIONS[field.type].clean(field, text), sorted(value)) else ids


def _reads_back(read: Callable[[], Any], value: Any) -> bool:
    try:
        return bool(read() == value)
    except ValidationError:
        return False


def number_text(value: int | float) -> str:
    """A number as any program reads it: no grouping, no exponent."""
    return str(value) if isinstance(value, int) else format(Decimal(repr(value)), "f")


WRITERS: dict[str, Callable[[CustomField, Any], Cell]] = {
    FieldType.NUMBER: _as_number,
    FieldType.RATING: _as_number,
    FieldType.DATE: _as_date,
    FieldType.YES_NO: _as_truth,
    FieldType.CHOICE: _as_choice,
    FieldType.CHOICES: _as_choices,
}
REPEATED = frozenset({FieldType.YES_NO, FieldType.CHOICE, FieldType.CHOICES})
