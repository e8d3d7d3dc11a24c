"""Making and changing the questions of a survey.

Until the first opening everything may change. Afterwards an identified survey's words may still be mended, and an anonymous
one's not: its answers were promised to be counted together, so all must have been asked the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.contacts import defining as fields
from crm.contacts.models import CustomField, FieldType
from surveys import conditions, wording
from surveys.arranging import last_place, locked, require_draft
from surveys.models import Question, Survey
from surveys.wording import Option

MOST_QUESTIONS = 100
WITH_OPTIONS = (FieldType.CHOICE, FieldType.CHOICES)
TEXTS = (*wording.LIMITS, "words")
NEW_FIELD = "new"


@transaction.atomic
def ask(
    survey: Survey, *, question: Question | None = None, said: Mapping[str, Any], options: Sequence[Option] = ()
) -> Question:
    """Adds a question at the end, or changes `question`. `said`: label, type, help_text, section, low_label, high_label,
    is_required, rating_max, shown_if (a rule), policy, words (the second language, by the same names), and of an identified
    survey field: a CustomField, None, or "new" for one made on the spot. What is left out stays.

    `options` are {"id": "o1" or "", "label", "second": the words of the second language}. Raises ValidationError by name.
    """
    asked = locked(survey)
    subject = question or _new(asked, said)
    if asked.is_fixed:
        _check_fixed(asked, subject, said, options)
    errors = _write_words(subject, said)
    if not asked.is_fixed:
        errors |= _write_shape(subject, said)
        errors |= _write_condition(subject, said)
    if not errors:
        errors |= _write_options(subject, options) if options or subject.pk is None else {}
        errors |= _write_field(subject, said) if not asked.is_anonymous else {}
    if errors:
        raise ValidationError(errors)
    subject.save()
    return subject


def _new(survey: Survey, said: Mapping[str, Any]) -> Question:
    require_draft(survey)
    if said.get("type") not in FieldType.values:
        raise ValidationError({"type": [_("Choose the kind of answer.")]})
    if survey.questions.count() >= MOST_QUESTIONS:
        raise ValidationError({"label": [_("A survey has at most %(limit)s questions.") % {"limit": MOST_QUESTIONS}]})
    return Question(workspace=survey.workspace, survey=survey, type=said["type"], position=last_place(survey) + 1)


def _check_fixed(survey: Survey, question: Question, said: Mapping[str, Any], options: Sequence[Option]) -> None:
    """Of an open identified survey the words alone."""
    if survey.is_anonymous:
        require_draft(survey)
    for name in set(said) - set(TEXTS):
        raise ValidationError({name: [_("This is fixed since the survey opened.")]})
    if options and [str(row.get("id")) for row in options if row.get("label")] != [
        row["id"] for row in question.options
    ]:
        raise ValidationError({"options": [_("Options are fixed since the survey opened; their words may change.")]})


def _write_words(question: Question, said: Mapping[str, Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name, limit in wording.LIMITS.items():
        try:
            if name in said:
                setattr(question, name, wording.line(said[name], limit))
        except ValidationError as error:
            errors[name] = error.messages
    if not question.label:
        errors.setdefault("label", [_("Write the question.")])
    try:
        if "words" in said:
            kept = {"options": question.words["options"]} if question.words.get("options") else {}
            question.words = wording.second(said["words"]) | kept
    except ValidationError as error:
        errors["words"] = error.messages
    return errors


def _write_shape(question: Question, said: Mapping[str, Any]) -> dict[str, list[str]]:
    kind = said.get("type", question.type)
    if kind not in FieldType.values:
        return {"type": [_("Choose the kind of answer.")]}
    if kind != question.type:
        question.type, question.field = kind, None
    question.is_required = bool(said.get("is_required", question.is_required))
    policy = said.get("policy", question.policy)
    highest = said.get("rating_max", question.rating_max)
    if policy not in Question.Policy.values:
        return {"policy": [_("Choose what happens to the field of the card.")]}
    if isinstance(highest, bool) or not isinstance(highest, int) or highest not in fields.RATINGS:
        return {"rating_max": [_("Choose from %(lowest)s to %(highest)s.") % {"lowest": 2, "highest": 10}]}
    question.policy, question.rating_max = policy, highest
    return {}


def _write_condition(question: Question, said: Mapping[str, Any]) -> dict[str, list[str]]:
    if "shown_if" not in said:
        return {}
    questions = list(question.survey.questions.all())
    earlier = [other for other in questions if question.pk is None or other.position < question.position]
    try:
        question.shown_if = conditions.clean(said["shown_if"], question.workspace, earlier=earlier)
    except ValidationError as error:
        return {"shown_if": error.messages}
    return {}


def _write_options(question: Question, said: Sequence[Option]) -> dict[str, list[str]]:
    if question.type not in WITH_OPTIONS:
        question.options = []
        return {}
    try:
        question.options = wording.options(said, question.options)
        _write_second(question, said)
    except ValidationError as error:
        return {"options": error.messages}
    return {}


def _write_second(question: Question, said: Sequence[Option]) -> None:
    """The second language of the options, in the order in which they were kept."""
    filled = [row for row in said if str(row.get("label") or "").strip()]
    pairs = zip(question.options, filled, strict=False)
    second = {option["id"]: words for option, row in pairs if (words := wording.line(row.get("second"), 100))}
    question.words = {name: text for name, text in question.words.items() if name != "options"}
    if second:
        question.words["options"] = second


def _write_field(question: Question, said: Mapping[str, Any]) -> dict[str, list[str]]:
    """Ties the question to its field. A rating's highest and the options are the field's own: a change goes to both."""
    wanted = said.get("field", question.field)
    try:
        if wanted == NEW_FIELD:
            question.field = _made(question)
        elif wanted is None:
            question.field = None
            return {}
        else:
            question.field = _fitting(question, wanted)
    except ValidationError as error:
        return {"field": error.messages}
    question.options = list(question.field.options)
    question.rating_max = question.field.rating_max
    return {}


def _made(question: Question) -> CustomField:
    """A field for the answers, called as the question asks; its options get the ids that the question's have."""
    said = {"label": _free_title(question), "type": question.type, "rating_max": question.rating_max}
    said |= {"low_label": question.low_label, "high_label": question.high_label}
    field = fields.define(
        question.workspace, said=said, options=[{"id": "", **_label(row)} for row in question.options]
    )
    _rename_second(question, field)
    return field


def _label(option: Option) -> dict[str, str]:
    return {"label": str(option["label"])}


def _rename_second(question: Question, field: CustomField) -> None:
    """The second language of the options follows them to the ids of the field, by their words."""
    second = question.words.get("options") or {}
    by_label = {str(row["label"]).casefold(): second.get(str(row["id"])) for row in question.options}
    ids = {str(row["id"]): by_label.get(str(row["label"]).casefold()) for row in field.options}
    moved = {identifier: words for identifier, words in ids.items() if words}
    if second:
        question.words = question.words | {"options": moved}


def _free_title(question: Question) -> str:
    title = question.label[:100]
    taken = {label.casefold() for label in question.workspace.custom_fields.values_list("label", flat=True)}
    number = 2
    while title.casefold() in taken:
        title = f"{question.label[:94]} ({number})"
        number += 1
    return title


def _fitting(question: Question, field: CustomField) -> CustomField:
    """The field, with what the question changed of its highest rating or of its options. Raises ValidationError."""
    if field.workspace_id != question.workspace_id or field.archived_at or field.type != question.type:
        raise ValidationError(_("This field does not fit the kind of answer."))
    is_tied = question.pk and Question.objects.filter(pk=question.pk, field=field).exists()
    if not is_tied:
        _rename_second(question, field)
        return field
    if question.type == FieldType.RATING and field.rating_max != question.rating_max:
        return fields.define(question.workspace, field=field, said={"rating_max": question.rating_max})
    if question.type in WITH_OPTIONS and question.options != field.options:
        return _with_options(question, field)
    return field


def _with_options(question: Question, field: CustomField) -> CustomField:
    """The field with the options of the question: ids that the field does not know are new to it."""
    known = {str(row["id"]) for row in field.options}
    rows = [{"id": row["id"] if row["id"] in known else "", **_label(row)} for row in question.options]
    changed = fields.define(question.workspace, field=field, said={}, options=rows)
    _rename_second(question, changed)
    return changed
