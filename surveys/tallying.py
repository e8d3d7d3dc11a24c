"""The anonymous kind: taking an answer in, and counting it five at a time so that nobody can ever say whose it was.

Answers wait sealed. When ten wait, one transaction draws five of them, adds the sum to the tallies, and says who took part, in
order of contacts and at one moment; the rest at close. Under five in all, nothing is ever counted. So tallies, remarks,
participation and events move in groups of five or more, and no row joins a person to an option.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from random import SystemRandom
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crm.contacts.models import Contact
from crm.timeline.recording import build, record_many
from surveys import sealing
from surveys.models import Participation, Remark, SealedAnswer, Survey, Tally
from surveys.questions import largest, options_of, parts_of
from surveys.sealing import Answer

ENOUGH, BATCH, LEAST = 10, 5, 5
draw = SystemRandom()

INSERT = """
INSERT INTO surveys_sealedanswer (survey_id, token, sealed)
SELECT s.id, %(token)s, %(sealed)s FROM (
    SELECT id FROM surveys_survey WHERE id = %(survey)s AND status = 'open' AND deleted_at IS NULL FOR SHARE
) s
WHERE NOT EXISTS (SELECT 1 FROM surveys_participation p WHERE p.survey_id = s.id AND p.contact_id = %(contact)s)
AND (%(contact)s::bigint IS NULL OR EXISTS (
    SELECT 1 FROM crm_contact c WHERE c.id = %(contact)s AND c.workspace_id = %(workspace)s
    AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
))
ON CONFLICT DO NOTHING
"""
TAKE = """
WITH taken AS (
    SELECT survey_id, token, sealed FROM surveys_sealedanswer
    WHERE survey_id = %s AND token = ANY(%s) AND sealed IS NOT NULL FOR UPDATE
)
UPDATE surveys_sealedanswer s SET sealed = NULL FROM taken
WHERE s.survey_id = taken.survey_id AND s.token = taken.token RETURNING taken.token, taken.sealed
"""
ADD = """
UPDATE surveys_tally t SET count = t.count + COALESCE(n.more, 0)
FROM surveys_tally old LEFT JOIN unnest(%s::bigint[], %s::text[], %s::int[]) AS n (question, option, more)
    ON n.question = old.question_id AND n.option = old.option
WHERE t.id = old.id AND t.survey_id = %s
"""


@transaction.atomic
def open_anonymous(survey: Survey) -> None:
    """Draws the key and sets every tally to nought: from now on the kind and the questions are fixed."""
    questions = list(survey.questions.all())
    survey.key = sealing.wrap(sealing.new_key(), survey.pk)
    survey.sealed_size = 64 + sum(largest(question) for question in questions)
    survey.status, survey.opened_at = Survey.Status.OPEN, timezone.now()
    survey.save()
    rows = [
        Tally(survey=survey, question=question, option=option)
        for question in questions
        for option in ("", *options_of(question))
    ]
    Tally.objects.bulk_create(rows)


def take_part(
    survey: Survey,
    said: dict[int, Any],
    *,
    contact: Contact | None = None,
    contact_id: int | None = None,
    browser: str = "",
) -> bool:
    """Seals cleaned answers {question id: value}. True when they were taken, False when this person had answered before, is not
    there any more (binned, or merged into another), or the survey is not open: the screen finds out which. One statement, so a
    kill leaves all or nothing."""
    if survey.key is None:
        return False
    key = sealing.unwrap(survey)
    who = contact.pk if contact else contact_id
    token = sealing.token(key, f"contact {who}" if who else f"browser {browser}")
    sealed = sealing.seal(key, Answer(who, said), token=token, size=survey.sealed_size)
    row: dict[str, Any] = {
        "survey": survey.pk,
        "workspace": survey.workspace_id,
        "token": token,
        "sealed": sealed,
        "contact": who,
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, row)
        return bool(cursor.rowcount)


def has_answered(survey: Survey, contact: Contact | None = None, *, browser: str = "") -> bool:
    """For the person's own screen and for no other: their answer waits, or was counted."""
    if contact and Participation.objects.filter(survey=survey, contact=contact).exists():
        return True
    if survey.key is None:
        return False
    token = sealing.token(sealing.unwrap(survey), f"contact {contact.pk}" if contact else f"browser {browser}")
    return SealedAnswer.objects.filter(survey=survey, token=token).exists()


@transaction.atomic
def count_batch(survey: Survey, *, now: datetime | None = None) -> bool:
    """Counts a random five where ten wait; returns whether it did."""
    locked = _locked(survey)
    tokens = _waiting(locked)
    if locked.key is None or len(tokens) < ENOUGH:
        return False
    _count(locked, draw.sample(tokens, BATCH), now or timezone.now())
    return True


@transaction.atomic
def close(survey: Survey, *, now: datetime | None = None) -> bool:
    """Counts the rest at once, or nobody where under five took part in all; destroys the key. Returns whether it was open."""
    locked, moment = _locked(survey), now or timezone.now()
    if locked.status != Survey.Status.OPEN:
        return False
    tokens = _waiting(locked)
    if locked.counted + len(tokens) >= LEAST and tokens:
        _count(locked, tokens, moment)
    SealedAnswer.objects.filter(survey=locked).delete()
    locked.key, locked.status, locked.closed_at = None, Survey.Status.CLOSED, moment
    locked.save(update_fields=["key", "status", "closed_at", "updated_at"])
    return True


def _locked(survey: Survey) -> Survey:
    return Survey.objects.select_for_update().get(pk=survey.pk)


def _waiting(survey: Survey) -> list[bytes]:
    """In order of tokens, which is no order of anything."""
    rows = SealedAnswer.objects.filter(survey=survey, sealed__isnull=False)
    return sorted(bytes(token) for token in rows.values_list("token", flat=True))


def _count(survey: Survey, tokens: Sequence[bytes], now: datetime) -> None:
    """Everything a batch makes known, in one transaction and in an order that says nothing."""
    answers = _opened(survey, tokens)
    _add(survey, answers)
    _keep_remarks(survey, answers)
    _say_who(survey, [answer.who for answer in answers if answer.who is not None], now)
    Survey.objects.filter(pk=survey.pk).update(counted=survey.counted + len(answers))
    survey.counted += len(answers)


def _opened(survey: Survey, tokens: Sequence[bytes]) -> list[Answer]:
    key = sealing.unwrap(survey)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [survey.pk, list(tokens)])
        rows = cursor.fetchall()
    return [sealing.unseal(key, bytes(sealed), token=bytes(token)) for token, sealed in rows]


def _add(survey: Survey, answers: Iterable[Answer]) -> None:
    """All tallies are written, those that gain nothing too: a row that was not touched would say so."""
    questions = {question.pk: question for question in survey.questions.all()}
    more: Counter[tuple[int, str]] = Counter()
    for answer in answers:
        for pk, value in answer.said.items():
            more.update((pk, option) for option in parts_of(questions[pk], value).counted)
    keys = sorted(more)
    with connection.cursor() as cursor:
        columns: list[list[Any]] = [
            [pk for pk, _option in keys],
            [option for _pk, option in keys],
            [more[key] for key in keys],
        ]
        cursor.execute(ADD, [*columns, survey.pk])


def _keep_remarks(survey: Survey, answers: Iterable[Answer]) -> None:
    questions = {question.pk: question for question in survey.questions.all()}
    remarks = [
        Remark(id=uuid.uuid4(), survey=survey, question_id=pk, text=text)
        for answer in answers
        for pk, value in answer.said.items()
        for text in parts_of(questions[pk], value).written
    ]
    Remark.objects.bulk_create(sorted(remarks, key=lambda remark: remark.id))


def _say_who(survey: Survey, ids: Iterable[int], now: datetime) -> None:
    """A contact merged meanwhile speaks as whom they were merged into; one who took part as both is one participant."""
    found = Contact.objects.filter(workspace_id=survey.workspace_id, pk__in=set(ids)).values_list(
        "pk", "merged_into_id"
    )
    people = {merged or pk for pk, merged in found}
    people -= set(Participation.objects.filter(survey=survey, contact__in=people).values_list("contact_id", flat=True))
    rows = [
        Participation(workspace_id=survey.workspace_id, survey=survey, contact_id=pk, at=now) for pk in sorted(people)
    ]
    Participation.objects.bulk_create(rows)
    about: dict[str, Any] = {"subject": survey, "occurred_at": now, "actor": "system"}
    record_many(build(survey.workspace_id, "survey.participated", contact=row.contact_id, **about) for row in rows)
