"""Changing the type of a field, with every answer, or not at all.

Answers are judged by what they say, not by who said it: a hundred thousand contacts mostly share a few hundred different
answers. Each different answer is cleaned once by the new type's definition, as if it were typed; the change is one statement
in one transaction, so a process killed midway leaves everything as it was. Whoever writes answers meanwhile waits
(`locking.hold_fields`), so no answer of the old type slips in behind the change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from crm.contacts import usage
from crm.contacts.criteria import judge
from crm.contacts.defining import MOST_OPTIONS, OPTION_LENGTH, RATINGS, WITH_OPTIONS
from crm.contacts.fields import clean_value, display
from crm.contacts.locking import lock_fields
from crm.contacts.models import Contact, CustomField, FieldType, IndexState
from crm.rules.faults import RuleError

CHUNK = 2000
MOST_FAULTS = 1000  # different answers that are kept to be shown; all are counted
DIFFERENT = 'SELECT "values"->%s, count(*) FROM crm_contact WHERE workspace_id = %s AND "values" ? %s GROUP BY 1'
SAYING = """
SELECT id, said FROM (
    SELECT c.id, c."values"->%s AS said, row_number() OVER
        (PARTITION BY c."values"->%s ORDER BY c.deleted_at IS NOT NULL, c.id DESC) AS place
    FROM crm_contact c WHERE c.workspace_id = %s AND c.merged_into_id IS NULL
    AND c."values" ? %s AND c."values"->%s = ANY(%s::text[]::jsonb[])
) ranked WHERE place <= %s ORDER BY place
"""
MAP = "CREATE TEMPORARY TABLE converted (was jsonb, becomes jsonb) ON COMMIT DROP"
FILL = "INSERT INTO converted SELECT * FROM unnest(%s::text[]::jsonb[], %s::text[]::jsonb[])"
CONVERT = """
UPDATE crm_contact c SET "values" = jsonb_set(c."values", ARRAY[%s], m.becomes) FROM converted m
WHERE c.workspace_id = %s AND c."values" ? %s AND c."values"->%s = m.was AND m.was <> m.becomes
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One different answer that the new type does not take: how many contacts say it, and what is wrong."""

    value: Any
    shown: str
    people: int
    why: str


@dataclass(slots=True)
class Preview:
    """What a change would do. `turned` is the field as it would be, unsaved; of `uses`, `blocking` are those whose conditions
    would fail."""

    turned: CustomField
    converting: int = 0
    failing: int = 0
    different_faults: int = 0
    faults: list[Fault] = field(default_factory=list)
    uses: list[usage.Use] = field(default_factory=list)
    blocking: list[usage.Use] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.converting + self.failing

    @property
    def is_possible(self) -> bool:
        return not self.failing and not self.blocking


def preview(subject: CustomField, type: Any) -> Preview:
    """Counts what would convert and what would not. Raises ValidationError {"type": [...]}."""
    found = _begun(subject, type)
    for value, people in _different(subject):
        why = _fault(subject, found.turned, value)
        if not why:
            found.converting += people
            continue
        found.failing += people
        found.different_faults += 1
        if len(found.faults) < MOST_FAULTS:
            found.faults.append(Fault(value, display(subject, value), people, why))
    found.faults.sort(key=lambda fault: -fault.people)
    return found


@transaction.atomic
def convert(subject: CustomField, type: Any) -> Preview:
    """Changes the type and every answer. Raises ValidationError {"type": [...]} where one answer, or a condition of a segment,
    a page, a mailing or a funnel, would not fit; nothing is changed then."""
    lock_fields(subject.workspace)
    subject = CustomField.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=subject.pk)
    found = _begun(subject, type)
    if found.blocking:
        names = ", ".join(f"“{use.name}”" for use in found.blocking[:10])
        words = _("Conditions that ask about this field would fail: %(names)s.")
        raise ValidationError({"type": [words % {"names": names}]})
    found.converting = _write_map(subject, found.turned)
    with connection.cursor() as cursor:
        key = subject.storage_key
        cursor.execute("ANALYZE converted")
        cursor.execute(CONVERT, [key, subject.workspace_id, key, key])
        cursor.execute("DROP TABLE converted")
    _check_default(subject, found.turned)
    found.turned.save()
    return found


def _begun(subject: CustomField, type: Any) -> Preview:
    found = Preview(_turned(subject, type))
    found.uses = usage.uses_of(subject)
    found.blocking = [use for use in found.uses if not all(_holds(each, found.turned) for each in use.conditions)]
    return found


def people_of(subject: CustomField, faults: Iterable[Fault], *, most: int = 3) -> list[tuple[Fault, list[Contact]]]:
    """Some of the contacts behind each fault, the living first: one statement for all of them."""
    listed = list(faults)
    key = subject.storage_key
    wanted = [json.dumps(fault.value) for fault in listed]
    with connection.cursor() as cursor:
        cursor.execute(SAYING, [key, key, subject.workspace_id, key, key, wanted, most])
        found = cursor.fetchall()
    people = Contact.objects.in_bulk([pk for pk, _value in found])
    saying: dict[str, list[Contact]] = {}
    for pk, value in found:
        saying.setdefault(_canonical(json.loads(value)), []).append(people[pk])
    return [(fault, saying.get(_canonical(fault.value), [])) for fault in listed]


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _turned(subject: CustomField, type: Any) -> CustomField:
    """The field as it would be: options and the highest rating come from the answers."""
    if type not in FieldType.values or type == subject.type:
        raise ValidationError({"type": [_("Choose another type.")]})
    turned = copy(subject)
    turned.type, turned.options = type, []
    if type in WITH_OPTIONS:
        turned.options = list(subject.options) if subject.type in WITH_OPTIONS else _options_from(subject, type)
    if type == FieldType.RATING:
        turned.rating_max = max(5, min(_highest(subject), RATINGS[-1]))
    if turned.is_filterable and turned.index_state:
        turned.index_state = IndexState.WANTED  # an index of the old type's values is built anew
    return turned


def _options_from(subject: CustomField, type: str) -> list[dict[str, str]]:
    """The commonest answers as options, each spelling once. What finds no place among them is a fault of the change."""
    counts: dict[str, tuple[int, str]] = {}
    for value, people in _different(subject):
        for words in _parts(said(subject, value), type):
            known = counts.get(words.casefold())
            counts[words.casefold()] = ((known[0] if known else 0) + people, known[1] if known else words)
    commonest = sorted(counts.values(), key=lambda entry: (-entry[0], entry[1]))[:MOST_OPTIONS]
    return [{"id": f"o{place}", "label": words} for place, (_people, words) in enumerate(commonest, start=1)]


def _parts(words: str, type: str) -> list[str]:
    """The answers in a text, as the new type reads it; those too long to be an option are left out."""
    return [part for part in _split(words, type) if len(part) <= OPTION_LENGTH]


def _split(words: str, type: str) -> list[str]:
    parts = re.split(r"[,;|\n]", words) if type == FieldType.CHOICES else [words]
    return [part for part in (" ".join(part.split()) for part in parts) if part]


def _highest(subject: CustomField) -> int:
    texts = (said(subject, value) for value, _people in _different(subject))
    return max((int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 3), default=0)


def said(subject: CustomField, value: Any) -> str:
    """A stored value as somebody would type it: numbers without grouping, dates day first, options by their words, yes and no
    in the business's language."""
    if subject.type in (FieldType.NUMBER, FieldType.RATING):
        return str(value)
    if subject.type == FieldType.DATE:
        return date.fromisoformat(value).strftime("%d/%m/%Y")
    if subject.type == FieldType.YES_NO:
        with translation.override(subject.workspace.language):
            return display(subject, value)
    return display(subject, value)


def _different(subject: CustomField) -> Iterator[tuple[Any, int]]:
    """(stored value, how many contacts), the binned and the merged too: they may come back."""
    key = subject.storage_key
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(DIFFERENT, [key, subject.workspace_id, key])
        while rows := cursor.fetchmany(CHUNK):
            for value, people in rows:
                yield json.loads(value) if isinstance(value, str) else value, people


def turn(subject: CustomField, turned: CustomField, value: Any) -> Any:
    """The value as the new type keeps it. Raises ValidationError."""
    if subject.type == FieldType.CHOICE and turned.type == FieldType.CHOICES:
        return [value]
    if subject.type == FieldType.CHOICES and turned.type == FieldType.CHOICE:
        if len(value) > 1:
            raise ValidationError(_("More than one answer was chosen."))
        return value[0]
    words = said(subject, value)
    made = _chosen(turned, words) if turned.type in WITH_OPTIONS else clean_value(turned, words)
    if made is None:
        raise ValidationError(_("Nothing would be left of it."))
    return made


def _chosen(turned: CustomField, words: str) -> Any:
    """As the definition of the type would choose, without walking the options for each answer. Raises ValidationError."""
    if "_known" not in turned.__dict__:
        turned.__dict__["_known"] = {str(option["label"]).casefold(): option["id"] for option in turned.options}
    known: dict[str, str] = turned.__dict__["_known"]
    ids = sorted({known.get(part.casefold(), "") for part in _split(words, turned.type)})
    if "" in ids:
        raise ValidationError(_("Too long for an option, or one of too many."))
    return ids if turned.type == FieldType.CHOICES else ids[0]


def _fault(subject: CustomField, turned: CustomField, value: Any) -> str:
    try:
        turn(subject, turned, value)
    except ValidationError as error:
        return error.messages[0]
    return ""


def _write_map(subject: CustomField, turned: CustomField) -> int:
    """Fills the temporary table {answer: what it becomes}; returns how many contacts have one. Raises ValidationError."""
    people, pairs = 0, []
    with connection.cursor() as cursor:
        cursor.execute(MAP)
    for value, count in _different(subject):
        try:
            pairs.append((json.dumps(value), json.dumps(turn(subject, turned, value))))
        except ValidationError:
            raise ValidationError({"type": [_("Some answers do not fit the new type. Nothing was changed.")]}) from None
        people += count
        if len(pairs) >= CHUNK:
            _fill(pairs)
            pairs = []
    _fill(pairs)
    return people


def _fill(pairs: list[tuple[str, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, [[was for was, _becomes in pairs], [becomes for _was, becomes in pairs]])


def _check_default(subject: CustomField, turned: CustomField) -> None:
    """What new contacts get goes along where it fits, and is given up where it does not."""
    try:
        turned.default = None if subject.default is None else turn(subject, turned, subject.default)
    except ValidationError:
        turned.default = None


def _holds(condition: Mapping[str, Any], turned: CustomField) -> bool:
    try:
        judge(dict(condition), turned)
    except RuleError:
        return False
    return True
