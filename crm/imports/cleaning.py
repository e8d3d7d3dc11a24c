"""A row of cells -> what it says about a person, by the plan. Knows the workspace's fields and lists, reads nothing else.

Ordinary cells repeat ("דנה", "כן", "תל אביב"), so each column remembers what it made of the last few thousand texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from crm.contacts.dates import parse_date
from crm.contacts.field_types import NO, YES
from crm.contacts.fields import clean_value
from crm.contacts.identity import clean_email, clean_name, clean_phone, one_line
from crm.contacts.models import CustomField
from crm.contacts.subscribing import clean_tag
from crm.workspaces.models import Workspace

REMEMBERED = 5000
SEPARATORS = re.compile(r" ::: |[,;|\n]")
AGAIN = " ::: "  # between several addresses of one cell, in Google Contacts; the first counts
AGREED = YES | {
    "subscribed", "opted in", "opt-in", "optin", "confirmed", "granted", "active", "marketing",
    "מאשר", "מאשרת", "מאושר", "אישר", "אישרה", "הסכים", "הסכימה", "רשום", "רשומה", "פעיל", "פעילה",
}  # fmt: skip
SILENT = NO | {
    "non-subscribed",
    "nonsubscribed",
    "not subscribed",
    "pending",
    "transactional",
    "unconfirmed",
    "לא מאשר",
    "לא אישר",
}
LEFT = {
    "unsubscribed", "opted out", "opt-out", "optout", "withdrawn", "complained", "spam",
    "הוסר", "הוסרה", "הסיר", "הסירה", "ביטל", "ביטלה", "לא פעיל", "לא פעילה", "לא מעוניין", "לא מעוניינת",
}  # fmt: skip
DEAD = {"cleaned", "bounced", "hard bounce", "hardbounce", "invalid", "שגוי", "לא תקין"}
ANSWERS = (("agreed", AGREED), ("silent", SILENT), ("left", LEFT), ("dead", DEAD))


@dataclass(slots=True)
class Understood:
    """`said` is keyed by target. `faults` are (column, what to write instead, code), `match` the JSON of the match field."""

    said: dict[str, Any]
    faults: list[tuple[int | None, str, str]] = field(default_factory=list)
    refused: bool = False
    match: str | None = None

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Without words, for they depend on who reads them."""
        return [{"column": column, "code": code} for column, _words, code in self.faults]


Reader = Callable[[str], Any]


class Cleaner:
    """`Cleaner(workspace, plan)(cells)`; raises nothing."""

    def __init__(self, workspace: Workspace, plan: dict[str, Any]) -> None:
        self.workspace = workspace
        self.fields = {one.storage_key: one for one in workspace.custom_fields.active()}
        self.lists = {
            name.casefold(): pk for pk, name in workspace.lists.filter(deleted_at=None).values_list("pk", "name")
        }
        self.zone = ZoneInfo(workspace.time_zone)
        self.now = timezone.now()
        self.match = plan["match"]
        self.strict = plan["faulty"] == "refuse"
        self.columns: list[tuple[int, str, Reader, dict[str, Any]]] = [
            (place, column["target"], self._reader(column["target"]), {})
            for place, column in enumerate(plan["columns"])
            if column["target"] != "ignore"
        ]

    def __call__(self, cells: Sequence[str]) -> Understood:
        row = Understood({})
        for place, target, read, memory in self.columns:
            cell = cells[place] if place < len(cells) else ""
            if not cell:
                continue
            if cell in memory:
                value = memory[cell]
            else:
                try:
                    value = read(cell)
                except ValidationError as error:
                    row.faults.append((place, error.messages[0], error.code or _code(error)))
                    continue
                if len(memory) < REMEMBERED:
                    memory[cell] = value
            if value is not None:
                self._take(row.said, target, value)
        self._judge(row)
        return row

    def _take(self, said: dict[str, Any], target: str, value: Any) -> None:
        if target in ("tags", "lists"):
            said[target] = sorted({*said.get(target, ()), *value})
        elif target == "full_name":
            said |= value
        elif target == "left":  # whoever asked to be removed, whatever else the row says of consent
            said["consent"] = value
        elif target not in said:  # the first filled column of several counts
            said[target] = value

    def _judge(self, row: Understood) -> None:
        said = row.said
        if row.faults and self.strict:
            row.refused = True
        elif "email" not in said and "phone" not in said:
            row.faults.append((None, _("There is no e-mail address and no phone number."), "nobody"))
            row.refused = True
        elif len(self.match) == 1 and self.match[0] not in said:
            if self.match[0] in ("email", "phone"):
                row.faults.append((None, _("What people are recognised by is missing."), "no_key"))
                row.refused = True
        if len(self.match) == 1 and self.match[0] in self.fields and self.match[0] in said:
            row.match = json.dumps(said[self.match[0]], ensure_ascii=False)

    def _reader(self, target: str) -> Reader:
        own: dict[str, Reader] = {
            "email": lambda cell: clean_email(cell.partition(AGAIN)[0]),
            "phone": lambda cell: clean_phone(cell.partition(AGAIN)[0]),
            "first_name": _filled(clean_name),
            "last_name": _filled(clean_name),
            "full_name": full_name,
            "source": lambda cell: one_line(cell)[:100] or None,
            "created_at": self._moment,
            "tags": _tags,
            "lists": self._lists,
            "consent": answer,
            "left": lambda cell: None if one_line(cell).casefold() in NO else "left",
            "consent_at": self._moment,
        }
        return own[target] if target in own else _value_reader(self.fields.get(target))

    def _moment(self, cell: str) -> str | None:
        """ISO in UTC. A day alone begins at midnight of the business."""
        text = one_line(cell)
        if not text:
            return None
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
        if found is None:
            day = parse_date(text.partition(" ")[0] if " " in text and ":" in text else text)
            if day is None:
                raise ValidationError(_("Write a date such as 14/03/1989."), code="invalid")
            found = datetime.combine(day, time())
        found = found.replace(tzinfo=self.zone) if found.tzinfo is None else found
        if found > self.now:
            raise ValidationError(_("This date has not come yet."), code="future")
        return found.astimezone(UTC).isoformat()

    def _lists(self, cell: str) -> list[int]:
        names = [one_line(name) for name in SEPARATORS.split(cell) if one_line(name)]
        unknown = [name for name in names if name.casefold() not in self.lists]
        if unknown:
            raise ValidationError(_("There is no list called %(name)s.") % {"name": unknown[0]}, code="unknown_list")
        return [self.lists[name.casefold()] for name in names]


def _code(error: ValidationError) -> str:
    return next((one.code for one in error.error_list if one.code), "invalid")


def _filled(clean: Callable[[str], str]) -> Reader:
    return lambda cell: clean(cell) or None


def _value_reader(custom: CustomField | None) -> Reader:
    if custom is None:

        def gone(cell: str) -> Any:
            raise ValidationError(_("There is no such field."), code="unknown")

        return gone
    return lambda cell: clean_value(custom, cell) if cell.strip() else None


def full_name(cell: str) -> dict[str, str] | None:
    """ "דנה כהן לוי" -> first דנה, last כהן לוי; "Cohen, Dana" has the last name first."""
    text = one_line(cell)
    last, comma, first = (part.strip() for part in text.partition(","))
    if not comma:
        first, _space, last = text.partition(" ")
    names = {"first_name": clean_name(first), "last_name": clean_name(last)}
    return {key: name for key, name in names.items() if name} or None


def _tags(cell: str) -> list[str] | None:
    """ "vip, חדש", '"vip","חדש"' of Mailchimp, "* myContacts ::: vip" of Google, whose own groups have a star."""
    names = [one_line(name) for name in SEPARATORS.split(cell)]
    return sorted({clean_tag(name.strip("\"'")) for name in names if name.strip("\"'") and name[:1] != "*"}) or None


def answer(cell: str) -> str | None:
    """ "agreed", "silent" (no consent, and no refusal either), "left" or "dead", in the words of the systems people come from."""
    word = one_line(cell).casefold()
    if not word:
        return None
    for name, words in ANSWERS:
        if word in words:
            return name
    raise ValidationError(_("Write yes or no, or the status that another system gave."), code="invalid")
