"""Surveys and their questions in the memory of the process, for the moment in which many people send their answers.

Only a POST uses it, and only anonymous ones are kept: their questions are fixed, and whether one is still open its verb asks
the database itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from copy import copy
from dataclasses import dataclass

from surveys.defining import SECOND_TEXTS, TEXTS
from surveys.models import Question, Survey
from surveys.parts import Part, parts_of

FRESH_SECONDS = 1.0
KEPT = 100


@dataclass(frozen=True, slots=True)
class Defined:
    survey: Survey
    questions: list[Question]
    parts: list[Part]


_kept: OrderedDict[str, tuple[float, Defined]] = OrderedDict()


def find(code: str) -> Survey | None:
    rows = Survey.objects.select_related("workspace", *TEXTS, *SECOND_TEXTS).filter(deleted_at=None)
    return rows.filter(code=code).first()


def define(survey: Survey) -> Defined:
    questions = list(survey.questions.all())
    for question in questions:
        question.survey = survey
    return Defined(survey, questions, parts_of(questions))


def defined(code: str) -> Defined | None:
    """At most a second old. The survey is the caller's own; questions and parts are everybody's and must not be changed."""
    kept = _kept.get(code)
    if kept is None or time.monotonic() - kept[0] > FRESH_SECONDS:
        survey = find(code)
        if survey is None:
            _kept.pop(code, None)
            return None
        kept = (time.monotonic(), define(survey))
        if survey.is_anonymous and survey.is_open:
            _kept[code] = kept
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return Defined(copy(kept[1].survey), kept[1].questions, kept[1].parts)
