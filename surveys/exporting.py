"""What a survey brought as a file. An identified one has a row for each person; an anonymous one holds counts and remarks,
which is all there is. Written to the audit log before its first byte leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from crm.contacts.models import FieldType
from crm.exports import csv_file
from crm.exports.exporting import UNSAFE
from crm.workspaces.auditing import audit
from surveys import reading, results
from surveys.models import Question, Survey

BATCH = 500
AS_STORED = (FieldType.RATING, FieldType.NUMBER, FieldType.DATE)  # a sheet reckons with them
ENCODING = "utf-8-sig"
Row = list[Any]


def export(request: HttpRequest, survey: Survey) -> StreamingHttpResponse:
    """The download. Sensitive answers are no part of it: those leave with the contacts, and a reason."""
    with transaction.atomic():
        rows = list(published(survey)) if survey.is_anonymous else list(personal(survey))
        audit(request, "survey.exported", subject=survey.name, survey=survey.pk, rows=len(rows) - 1)
    pieces = csv_file.stream(rows, encoding=ENCODING, delimiter="comma", zone=survey.workspace.zone)
    name = UNSAFE.sub(" ", f"{survey.workspace.name} - {survey.name}").strip()[:100]
    named = content_disposition_header(True, f"{name} {timezone.localdate():%Y-%m-%d}.csv") or ""
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": named}
    return StreamingHttpResponse(pieces, content_type=csv_file.content_type(ENCODING), headers=headers)


def published(survey: Survey) -> Iterator[Row]:
    """Question, answer, how many, and of how many: what the screen shows and no more."""
    yield [_("Question"), _("Answer"), _("How many"), _("Took part")]
    remarks = results.remarks_of(survey)
    for result in results.of_survey(survey):
        for line in result.lines:
            yield [result.question.label, line.label, line.count, line.whole]
        for text in remarks.get(result.question.pk, []):
            yield [result.question.label, text, None, result.whole]


def personal(survey: Survey) -> Iterator[Row]:
    questions: list[Question] = [
        question for question in survey.questions.select_related("field") if not reading.is_sensitive(question)
    ]
    scores = list(survey.scores.all())
    yield [
        *(_("Contact number in Mashpech"), _("First name"), _("Last name"), _("E-mail"), _("Mobile")),
        *(_("Started"), _("Completed")),
        *(question.label for question in questions),
        *(head for score in scores for head in (score.name, _("%(score)s: band") % {"score": score.name})),
    ]
    rows = results.here(survey).select_related("contact").order_by("pk")
    for start in range(0, rows.count(), BATCH):
        for told in reading.told(survey, rows[start : start + BATCH]):
            yield [*_person(told), *_answers(told, questions), *_scores(told, scores)]


def _person(told: reading.Told) -> Row:
    response, contact = told.response, told.response.contact
    who = [contact.pk, contact.first_name, contact.last_name, contact.email, contact.phone]
    return [*who, response.started_at, response.completed_at]


def _answers(told: reading.Told, questions: list[Question]) -> Row:
    said = {answer.question.pk: answer.text for answer in told.answers}
    for question in questions:
        if question.type in AS_STORED and question.pk in said:
            said[question.pk] = told.response.answers[str(question.pk)]
    return [said.get(question.pk) for question in questions]


def _scores(told: reading.Told, scores: list[Any]) -> Row:
    found = {each.score.pk: each for each in told.results}
    return [
        part
        for score in scores
        for part in ((found[score.pk].shown, found[score.pk].band) if score.pk in found else (None, None))
    ]
