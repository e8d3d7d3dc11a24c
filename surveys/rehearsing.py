"""A survey as people will meet it, drawn by the public page itself, of a draft too. Nothing is kept, nothing can be sent."""

from __future__ import annotations

from django.utils import translation

from crm.workspaces.http import MemberRequest, whole
from surveys import drawing, sealing
from surveys.models import Question, Survey
from surveys.parts import Part, Way, parts_of
from surveys.questions import largest
from surveys.visiting import Visit, language_of


def parts(survey: Survey) -> list[Part]:
    return parts_of(_questions(survey))


def page(request: MemberRequest, survey: Survey, part: str) -> str:
    """HTML of a part by its number, or of the thank-you page, in the language that the address asks for."""
    questions = _questions(survey)
    visit = Visit(survey, language_of(request, survey))
    found = parts_of(questions)
    for question in questions:  # the parts are cut by the conditions; then all is shown, for nobody answers here
        question.shown_if = {}
    visit.questions = questions
    visit.way = Way(survey, found, {})
    if survey.is_anonymous:
        survey.key = sealing.wrap(sealing.new_key(), survey.pk)  # of this drawing alone: the survey is not saved
        survey.sealed_size = 64 + sum(map(largest, questions))
    with translation.override(visit.language):
        if part == "thanks":
            return drawing.thanks_html(visit)
        return drawing.part_html(visit, visit.way.part(whole(part) or 1))


def _questions(survey: Survey) -> list[Question]:
    rows = list(survey.questions.all())
    for row in rows:
        row.survey = survey
    return rows
