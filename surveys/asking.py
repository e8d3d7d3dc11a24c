"""Questions as inputs: how each is drawn, in either language, and how what was sent is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from campaigns.content.answering import Input
from crm.contacts.field_types import DEFINITIONS
from crm.contacts.identity import clean_email, clean_name, clean_phone
from crm.contacts.models import FieldType
from surveys.models import Question, Survey
from surveys.questions import WRITTEN

TRAP = "website"  # an input that people do not see; what fills it is a robot
KINDS = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "area",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.YES_NO: "radio",
    FieldType.CHOICE: "radio",
    FieldType.CHOICES: "checks",
    FieldType.RATING: "rating",
    FieldType.URL: "url",
}
LIMITS = {FieldType.LONG_TEXT: 5000, FieldType.URL: 2000, FieldType.NUMBER: 40}
MATRIX_ROWS, MATRIX_COLUMNS = 3, 7  # fewer ratings need no matrix; a longer scale leaves no room for the question
MOST = 100  # boxes that one sending may tick
IDENTITY = {"first_name": clean_name, "email": clean_email, "phone": clean_phone}


@dataclass
class Sent:
    """`said` is {question id: value as stored, None where nothing was said}; `typed` and `errors` are by input name."""

    said: dict[int, Any] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)


def name_of(question: Question | int) -> str:
    return f"q{question.pk if isinstance(question, Question) else question}"


def words_of(question: Question, language: str) -> dict[str, Any]:
    """The question's words in the language; what was not translated stays as it is."""
    own: Mapping[str, Any] = question.words if language == question.survey.second_language else {}
    keys = ("label", "help_text", "section", "low_label", "high_label")
    return {key: own.get(key) or getattr(question, key) for key in keys} | {"options": own.get("options") or {}}


def input_of(question: Question, language: str, *, value: Any = None, errors: Iterable[str] = ()) -> Input:
    words, kind = words_of(question, language), KINDS[FieldType(question.type)]
    made = Input(name_of(question), kind, words["label"], question.is_required, help=words["help_text"])
    made.options = _options(question, words["options"])
    made.low, made.high, made.limit = words["low_label"], words["high_label"], limit_of(question)
    made.value, made.errors = shown_value(question, value), list(errors)
    return made


@dataclass
class Group:
    """Questions drawn together. Ratings by one scale are a matrix: a row each, the words of the scale once above."""

    inputs: list[Input]
    is_matrix: bool = False


def grouped(inputs: Sequence[Input]) -> list[Group]:
    """In their order: at least MATRIX_ROWS ratings in a row that share a scale are one group, whatever else stands alone."""
    found = []
    for scale, alike in groupby(inputs, key=_scale):
        rows = list(alike)
        if scale and len(rows) >= MATRIX_ROWS:
            found.append(Group(rows, is_matrix=True))
        else:
            found += [Group([row]) for row in rows]
    return found


def _scale(row: Input) -> tuple[Any, ...]:
    """What ratings have in common that stand in one matrix; () of anything else."""
    is_short = row.kind == "rating" and len(row.options) <= MATRIX_COLUMNS
    return (len(row.options), row.low, row.high) if is_short else ()


def shown_value(question: Question, value: Any) -> Any:
    if question.type == FieldType.CHOICES:
        return list(map(str, value or []))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _options(question: Question, translated: Mapping[str, str]) -> list[tuple[str, str]]:
    if question.type == FieldType.YES_NO:
        return [("true", _("Yes")), ("false", _("No"))]
    if question.type == FieldType.RATING:
        return [(str(step), str(step)) for step in range(1, question.rating_max + 1)]
    return [(str(option["id"]), translated.get(option["id"]) or str(option["label"])) for option in question.options]


def limit_of(question: Question) -> int:
    """An anonymous answer has an envelope of one size, so its words are fewer."""
    kind = FieldType(question.type)
    return WRITTEN[kind] if question.survey.is_anonymous and kind in WRITTEN else LIMITS.get(kind, 255)


def read(questions: Iterable[Question], sent: QueryDict) -> Sent:
    """Only what these questions ask is read."""
    found = Sent()
    for question in questions:
        name = name_of(question)
        raw: Any = sent.getlist(name)[:MOST] if question.type == FieldType.CHOICES else sent.get(name, "")
        found.typed[name] = raw if question.type == FieldType.CHOICES else raw[: 2 * limit_of(question)]
        try:
            value = clean(question, raw)
        except ValidationError as error:
            found.errors[name] = list(error.messages)
            continue
        if question.is_required and value in (None, "", []):
            found.errors[name] = [_("This question needs an answer.")]
        found.said[question.pk] = value
    return found


def clean(question: Question, raw: Any) -> Any:
    """The value as stored, or None. Raises ValidationError that says what to write."""
    asked: Any = question  # it has what a field's cleaner asks of a field: options and the highest rating
    value = DEFINITIONS[question.type].clean(asked, raw)
    limit = limit_of(question)
    if isinstance(value, str) and question.type in WRITTEN and len(value) > limit:
        raise ValidationError(_("At most %(limit)s characters.") % {"limit": limit}, code="max_length")
    return value


# -- who -----------------------------------------------------------------------------------------------------------------


def asks_who(survey: Survey, *, has_link: bool) -> bool:
    """Whether the page must ask for an address: a personal link has said who, and anonymous ones may ask nobody."""
    asked = survey.access == Survey.Access.NAMED or (not survey.is_anonymous and survey.access == Survey.Access.ANYBODY)
    return asked and not has_link


def who_inputs(typed: Mapping[str, Any], errors: Mapping[str, list[str]]) -> list[Input]:
    rows = [
        Input("first_name", "text", _("First name"), False, autocomplete="given-name"),
        Input("email", "email", _("E-mail"), False, autocomplete="email", limit=254),
        Input("phone", "tel", _("Mobile"), False, autocomplete="tel", limit=40),
    ]
    for row in rows:
        row.value, row.errors = typed.get(row.name, ""), list(errors.get(row.name, []))
    return rows


def read_who(sent: QueryDict) -> tuple[dict[str, Any], Sent]:
    """(first_name, email, phone as kept), and what was typed and is wrong with it."""
    found, kept = Sent(), {}
    for name, cleaner in IDENTITY.items():
        found.typed[name] = sent.get(name, "")[:500]
        try:
            kept[name] = cleaner(found.typed[name])
        except ValidationError as error:
            found.errors[name] = list(error.messages)
    if not found.errors and not (kept["email"] or kept["phone"]):
        found.errors["email"] = [_("Write an e-mail address or a phone number.")]
    return kept, found
