"""The identified kind: a contact's answers, as they come, on the response and on the card.

Every save is one transaction: the response, the fields of the card by each question's policy, and what the timeline tells.
Only a completion is an event of the survey and makes scores; whoever stops midway has answers, and no score.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts import changing
from crm.contacts.locking import locked
from crm.contacts.models import Contact, FieldType
from crm.timeline.models import Event
from crm.timeline.recording import build, record_many
from surveys import scoring
from surveys.models import Question, Response, Survey
from surveys.showing import shown

EMPTY: tuple[Any, ...] = (None, "", [])
PARTICIPATION = """
INSERT INTO surveys_participation (workspace_id, survey_id, contact_id, at) VALUES (%s, %s, %s, %s)
ON CONFLICT (survey_id, contact_id) DO NOTHING
"""
Said = Mapping[int, Any]  # {question id: value as stored, or None to take it back}


@transaction.atomic
def answer(
    survey: Survey,
    contact: Contact,
    said: Said,
    *,
    complete: bool,
    source: str = "page",
    at: datetime | None = None,
    claimed_at: datetime | None = None,
) -> Response:
    """Keeps cleaned answers; with `complete`, ends the response and makes its scores. The same completion again does nothing.

    `claimed_at`: somebody typed this person's address then and proved nothing. They fill what is blank, on the card and in a
    response from before; what was said already stays.

    Raises ValidationError {"": ...} where the survey takes no answers (any more) or this person's stand already, and
    {question id: ...} for what is missing at a completion.
    """
    now = at or timezone.now()
    person = locked(contact)
    asked = Survey.objects.select_for_update(of=("self",), no_key=True).get(pk=survey.pk)
    response = Response.objects.filter(survey=asked, contact=person).first()
    is_theirs = claimed_at is None or response is None or response.started_at >= claimed_at
    _check(asked, response, is_theirs=is_theirs)
    response = response or Response(workspace_id=asked.workspace_id, survey=asked, contact=person, started_at=now)
    before = _by_id(response.answers)
    kept = {**before, **{pk: value for pk, value in said.items() if is_theirs or before.get(pk) in EMPTY}}
    merged = {pk: value for pk, value in kept.items() if value not in EMPTY}
    questions = list(asked.questions.select_related("field"))
    visible = shown(asked, questions, merged)
    if complete:
        _check_whole([question for question in questions if question.pk in visible], merged)
        merged = {pk: value for pk, value in merged.items() if pk in visible}
    if response.is_complete and merged == before:
        return response
    changed = {pk: value for pk, value in merged.items() if before.get(pk) != value}
    card = dict(person.values)
    _keep(response, merged, source=source, now=now, complete=complete)
    written = [question for question in questions if question.pk in changed]
    told = _fill_card(person, written, changed, now, is_proven=claimed_at is None)
    if complete:
        told += _tell(response, person, now)
        told += scoring.settle(response, merged, questions, person, now=now)
    if person.values != card:
        person.save(update_fields=["values", "updated_at"])
    record_many(told)
    return response


def _by_id(answers: Mapping[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in answers.items()}


def _check(survey: Survey, response: Response | None, *, is_theirs: bool) -> None:
    if not survey.is_open or survey.is_anonymous:
        raise _refusal(_("This survey takes no answers now."), code="closed")
    if response and response.is_complete and not (survey.is_editable and is_theirs):
        raise _refusal(_("You have answered this survey already. Thank you."), code="answered")


def _refusal(words: str, *, code: str) -> ValidationError:
    return ValidationError({"": [ValidationError(words, code=code)]})


def _check_whole(questions: list[Question], said: Said) -> None:
    missing = {
        str(question.pk): [_("This question needs an answer.")]
        for question in questions
        if question.is_required and said.get(question.pk) in EMPTY
    }
    if missing:
        raise ValidationError(missing)


def _keep(response: Response, said: Said, *, source: str, now: datetime, complete: bool) -> None:
    """A completed response that is edited is open again until it is completed again, but stays counted."""
    response.answers = {str(pk): value for pk, value in said.items()}
    response.updated_at, response.source = now, response.source if response.pk else source
    if complete:
        response.completed_at, response.times = now, response.times + 1
    response.save()


def _fill_card(
    contact: Contact, questions: list[Question], said: Said, now: datetime, *, is_proven: bool = True
) -> list[Event]:
    """Sets what the answers say on the card, unsaved; returns what the timeline is to tell of it."""
    wanted = {}
    for question in questions:
        if question.field is None or question.field.archived_at is not None:
            continue
        key = question.field.storage_key
        is_free = is_proven or contact.values.get(key) in EMPTY
        value = _by_policy(contact, question, key, said[question.pk], now) if is_free else None
        if value is not None:
            wanted[key] = value
    made = changing.apply(contact, wanted)
    fields = {question.field.storage_key: question.field for question in questions if question.field}
    about: dict[str, Any] = {"actor": "contact", "occurred_at": now}
    return changing.events_of(contact, made, fields=fields, **about)


def _by_policy(contact: Contact, question: Question, key: str, value: Any, now: datetime) -> Any:
    """What to write into the field; None to leave it."""
    had = contact.values.get(key)
    if question.policy == Question.Policy.IF_EMPTY:
        return value if had in EMPTY else None
    if question.policy == Question.Policy.APPEND and had not in EMPTY:
        return _appended(question.type, had, value)
    if question.policy == Question.Policy.NEWEST:
        since = Event.objects.filter(contact=contact, kind__in=("field.changed", "status.changed"), occurred_at__gt=now)
        return None if since.filter(properties__field=key).exists() else value
    return value


def _appended(type: str, had: Any, value: Any) -> Any:
    if type == FieldType.CHOICES:
        return sorted({*had, *value})
    if type == FieldType.LONG_TEXT and value not in str(had).split("\n"):
        return f"{had}\n{value}"[:5000]
    return value if type not in (FieldType.LONG_TEXT,) else None


def _tell(response: Response, contact: Contact, now: datetime) -> list[Event]:
    """One event a completion, unsaved; taking part is told once."""
    survey, told = response.survey, []
    about: dict[str, Any] = {"contact": contact, "subject": survey, "occurred_at": now, "actor": "contact"}
    if _takes_part(response, now):
        told.append(build(survey.workspace_id, "survey.participated", **about))
        Survey.objects.filter(pk=survey.pk).update(counted=survey.counted + 1)
    completion: dict[str, Any] = {"response": response.pk, "times": response.times}
    return [*told, build(survey.workspace_id, "survey.answered", **about, **completion)]


def _takes_part(response: Response, now: datetime) -> bool:
    """Notes that this person took part; False where it is known already."""
    with connection.cursor() as cursor:
        cursor.execute(PARTICIPATION, [response.workspace_id, response.survey_id, response.contact_id, now])
        return bool(cursor.rowcount)
