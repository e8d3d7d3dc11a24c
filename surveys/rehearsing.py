"""A survey as people will meet it, drawn by the public page itself, of a draft too. Nothing is kept, nothing can be sent.

Members see it in a frame (`page`); whoever opens the link of a test mail, which is nobody's own, sees `preview`.
"""

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
    visit = Visit(survey, language_of(request, survey))
    _show_all(visit)
    if survey.is_anonymous:
        survey.key = sealing.wrap(sealing.new_key(), survey.pk)  # of this drawing alone: the survey is not saved
        survey.sealed_size = 64 + sum(map(largest, visit.questions))
    with translation.override(visit.language):
        if part == "thanks":
            return drawing.thanks_html(visit)
        return drawing.part_html(visit, visit.way.part(whole(part) or 1))


def preview(visit: Visit, part: str) -> str:
    """What the link in a mailing will open, for whoever tries it: a part by its number, with no form around it."""
    visit.is_preview = True
    _show_all(visit)
    if not visit.questions:
        return drawing.state_html(visit, "preview")
    return drawing.part_html(visit, visit.way.part(whole(part) or 1))


def _show_all(visit: Visit) -> None:
    """The parts are cut by the conditions; then every question is shown, for nobody answers here."""
    questions = _questions(visit.survey)
    found = parts_of(questions)
    for question in questions:
        question.shown_if = {}
    visit.questions = questions
    visit.way = Way(visit.survey, found, {})


def _questions(survey: Survey) -> list[Question]:
    rows = list(survey.questions.all())
    for row in rows:
        row.survey = survey
    return rows
