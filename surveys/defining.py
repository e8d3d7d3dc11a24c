"""Making a survey, its settings, another like it, and the bin. Questions are in `composing`, opening in `opening`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.content import documents
from campaigns.content.models import Document
from crm.workspaces.models import User, Workspace
from surveys import wording
from surveys.arranging import locked
from surveys.models import Band, Question, Score, Survey

LANGUAGES = ("he", "en")
FIXED_OF_ANONYMOUS = ("access", "language", "second_language")
IDENTIFIED_ACCESS = (Survey.Access.INVITED, Survey.Access.NAMED)
TEXTS = ("intro", "thanks")
SECOND_TEXTS = tuple(f"second_{part}" for part in TEXTS)


@transaction.atomic
def create(
    workspace: Workspace,
    *,
    name: str,
    kind: str,
    by: User | None = None,
    language: str = "",
    second_language: str = "",
    second_name: str = "",
    template: str = "",
) -> Survey:
    """A draft without questions. Raises ValidationError by name."""
    if kind not in Survey.Kind.values:
        raise ValidationError({"kind": [_("Choose first what you want to know.")]})
    survey = Survey(workspace=workspace, kind=kind, created_by=by, template=template)
    survey.language = language or workspace.language
    words = {"name": name, "second_name": second_name}
    _write(survey, {**words, "language": survey.language, "second_language": second_language})
    _begin_texts(survey)
    survey.save()
    return survey


def _begin_texts(survey: Survey) -> None:
    """Every language of the survey gets the texts that it does not have yet."""
    for part in TEXTS:
        if getattr(survey, part) is None:
            setattr(survey, part, _text(survey, part, survey.language))
        if survey.second_language and getattr(survey, f"second_{part}") is None:
            setattr(survey, f"second_{part}", _text(survey, part, survey.second_language))


def _text(survey: Survey, part: str, language: str) -> Document:
    """What stands before the questions, or after them, to begin with."""
    with translation.override(language):
        texts = {
            "intro": (survey.name_in(language), _("A few short questions. Thank you for the time.")),
            "thanks": (_("Thank you"), _("Your answers were received.")),
        }
    heading, text = texts[part]
    blocks = [
        documents.new_block("heading", language, text=heading),
        documents.new_block("text", language, text=text),
    ]
    return documents.new_document(survey.workspace, "thanks", language, blocks)


@transaction.atomic
def change(survey: Survey, said: Mapping[str, Any]) -> Survey:
    """`said`: name, second_name, language, second_language, access, is_editable, opens_at, closes_at. What is left out stays;
    what is fixed since the opening may only be said as it is. Raises ValidationError by name."""
    subject = locked(survey)
    _write(subject, said)
    _begin_texts(subject)
    subject.save()
    _turn_texts(subject)
    return subject


def _turn_texts(survey: Survey) -> None:
    """A text runs in the direction of the language it is shown in."""
    for parts, language in ((TEXTS, survey.language), (SECOND_TEXTS, survey.second_language)):
        ids = [getattr(survey, f"{part}_id") for part in parts]
        if language:
            Document.objects.filter(pk__in=ids).exclude(language=language).update(language=language)


def fixed(survey: Survey) -> frozenset[str]:
    """The settings that can change no more."""
    if not survey.is_fixed:
        return frozenset()
    return frozenset({"opens_at", *(FIXED_OF_ANONYMOUS if survey.is_anonymous else ())})


def _write(survey: Survey, said: Mapping[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    for name in fixed(survey) & said.keys():
        if said[name] != getattr(survey, name):
            errors[name] = [_("This is fixed since the survey opened.")]
    for name in ("language", "second_language", "access", "is_editable", "opens_at", "closes_at"):
        setattr(survey, name, said.get(name, getattr(survey, name)))
    for name in ("name", "second_name"):
        try:
            setattr(survey, name, wording.line(said.get(name, getattr(survey, name)), 100))
        except ValidationError as error:
            errors[name] = error.messages
    errors = _faults(survey) | errors
    if errors:
        raise ValidationError(errors)


def _faults(survey: Survey) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if not survey.name:
        found["name"] = [_("Give the survey a name.")]
    if survey.language not in LANGUAGES:
        found["language"] = [_("Choose a language.")]
    if survey.second_language and survey.second_language not in LANGUAGES:
        found["second_language"] = [_("Choose a language.")]
    if survey.second_language == survey.language:
        found["second_language"] = [_("The second language is another one.")]
    if survey.access not in access_of(survey):
        found["access"] = [_("Choose who can answer.")]
    if survey.is_anonymous and survey.is_editable:
        found["is_editable"] = [_("An anonymous answer cannot be changed: nobody knows which it is.")]
    if survey.opens_at and survey.closes_at and survey.closes_at <= survey.opens_at:
        found["closes_at"] = [_("The survey must close after it opens.")]
    return found


def access_of(survey: Survey) -> tuple[str, ...]:
    """Who may be let answer: the answers of an identified survey need a person."""
    return tuple(Survey.Access.values) if survey.is_anonymous else IDENTIFIED_ACCESS


@transaction.atomic
def duplicate(survey: Survey, *, by: User | None = None) -> Survey:
    """A draft like it, with its questions, texts and scores, on the same fields of the card, and no answers."""
    twin = Survey.objects.select_related("workspace", *TEXTS, *SECOND_TEXTS).get(pk=survey.pk)
    kept = {name: getattr(twin, name) for name in ("kind", "language", "second_language", "access", "is_editable")}
    copy_of = Survey(workspace=twin.workspace, template=twin.template, second_name=twin.second_name, **kept)
    for part in (*TEXTS, *SECOND_TEXTS):
        text = getattr(twin, part)
        copy = documents.new_document(twin.workspace, text.medium, text.language, text.blocks) if text else None
        setattr(copy_of, part, copy)
    copy_of.name = (_("%(name)s (copy)") % {"name": twin.name[:85]})[:100]
    copy_of.created_by = by
    copy_of.save()
    moved = _copy_questions(survey, copy_of)
    _copy_scores(survey, copy_of, moved)
    return copy_of


def _copy_questions(survey: Survey, twin: Survey) -> dict[int, int]:
    """{id of a question: id of its copy}; conditions speak of the copies."""
    moved: dict[int, int] = {}
    for question in survey.questions.all():
        old = question.pk
        question.pk, question._state.adding, question.survey = None, True, twin
        question.shown_if = _speaking_of(question.shown_if, moved)
        question.save()
        moved[old] = question.pk
    return moved


def _speaking_of(node: Any, moved: Mapping[int, int]) -> Any:
    if isinstance(node, list):
        return [_speaking_of(member, moved) for member in node]
    if not isinstance(node, dict):
        return node
    return {
        key: moved.get(value, value) if key == "answer" else _speaking_of(value, moved) for key, value in node.items()
    }


def _copy_scores(survey: Survey, twin: Survey, moved: Mapping[int, int]) -> None:
    for score in survey.scores.prefetch_related("bands"):
        bands = list(score.bands.all())
        parts = [part | {"question": moved[part["question"]]} for part in score.parts if part["question"] in moved]
        made = Score.objects.create(
            workspace_id=twin.workspace_id,
            survey=twin,
            name=score.name,
            method=score.method,
            parts=parts,
            field=score.field,
        )
        for band in bands:
            band.pk, band._state.adding, band.score = None, True, made
        Band.objects.bulk_create(bands)


@transaction.atomic
def put_in_bin(survey: Survey) -> None:
    """Raises ValidationError of an open one: somebody may be answering it this minute."""
    subject = locked(survey)
    if subject.status == Survey.Status.OPEN:
        raise ValidationError(_("The survey is open. Close it first."))
    Survey.objects.filter(pk=subject.pk, deleted_at=None).update(deleted_at=timezone.now())


def restore(survey: Survey) -> None:
    Survey.objects.filter(pk=survey.pk).update(deleted_at=None)


def describe(survey: Survey) -> dict[str, Any]:
    """The definition as data, for REST: never an answer, nor how to find one."""
    settings = (
        "name",
        "second_name",
        "kind",
        "status",
        "code",
        "language",
        "second_language",
        "access",
        "is_editable",
        "template",
    )
    moments = ("opens_at", "closes_at", "opened_at", "closed_at", "created_at", "updated_at")
    return {
        "id": survey.pk,
        **{name: getattr(survey, name) for name in (*settings, *moments)},
        "questions": [described(question) for question in survey.questions.select_related("field")],
        "scores": [
            _described_score(score) for score in survey.scores.select_related("field").prefetch_related("bands")
        ],
    }


def described(question: Question) -> dict[str, Any]:
    """`options` is empty where people write or rate; `field` is the key of the card's field, "f12", or None."""
    names = ("label", "type", "help_text", "section", "is_required", "shown_if", "words", "options", "policy")
    ends = ("rating_max", "low_label", "high_label") if question.type == "rating" else ()
    kept = {name: getattr(question, name) for name in (*names, *ends)}
    return {"id": question.pk, **kept, "field": question.field.storage_key if question.field else None}


def _described_score(score: Score) -> dict[str, Any]:
    bands = [
        {"name": band.name, "tone": band.tone, "lowest": band.lowest, "highest": band.highest}
        for band in score.bands.all()
    ]
    kept = {"name": score.name, "method": score.method, "parts": score.parts, "field": score.field.storage_key}
    return {"id": score.pk, **kept, "bands": bands}
