"""What this app holds about a person: their answers and scores, and in which surveys they took part.

What they answered in an anonymous survey nobody can tell, so it is not here: once counted it is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from crm.contacts.disclosing import Section, register_discloser
from crm.workspaces.models import Workspace
from surveys import reading
from surveys.models import Participation, Response, ScoreResult


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    yield _taken_part(ids)
    yield _answers(ids)
    yield _scores(ids)


def _taken_part(ids: list[int]) -> Section:
    rows = [
        {"survey": row.survey_id, "survey_text": row.survey.name, "kind": row.survey.kind, "at": row.at}
        for row in Participation.objects.filter(contact__in=ids).select_related("survey").order_by("at", "pk")
    ]
    return Section("surveys", _("Surveys they took part in"), (("survey_text", _("Survey")), ("at", _("When"))), rows)


def _answers(ids: list[int]) -> Section:
    rows: list[dict[str, Any]] = []
    responses = Response.objects.filter(contact__in=ids).select_related("survey").order_by("started_at", "pk")
    for response in responses.prefetch_related("survey__questions__field"):
        for answer in reading.answers_of(response, list(response.survey.questions.all()), is_masked=False):
            value = response.answers[str(answer.question.pk)]
            rows.append(
                {
                    "survey": response.survey_id,
                    "survey_text": response.survey.name,
                    "question": answer.question.label,
                    "answer": value,
                    "answer_text": answer.text,
                    "at": response.updated_at,
                    "completed_at": response.completed_at,
                }
            )
    columns = (
        ("survey_text", _("Survey")),
        ("question", _("Question")),
        ("answer_text", _("Answer")),
        ("at", _("When")),
    )
    return Section("survey_answers", _("Answers to surveys"), columns, rows)


def _scores(ids: list[int]) -> Section:
    results = ScoreResult.objects.filter(response__contact__in=ids).select_related("score").order_by("at", "pk")
    rows = [{"score": row.score.name, "value": row.value, "band": row.band, "at": row.at} for row in results]
    columns = (("score", _("Score")), ("value", _("Value")), ("band", _("Band")), ("at", _("When")))
    return Section("survey_scores", _("Scores of surveys"), columns, rows)


register_discloser("surveys", tell, covers=["surveys.Participation.contact", "surveys.Response.contact"], order=60)
