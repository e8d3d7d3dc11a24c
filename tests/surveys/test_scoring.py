"""How a score is made of answers, and which band it falls in."""

from __future__ import annotations

from typing import Any

import pytest

from crm.models import Workspace
from surveys import scoring
from surveys.models import Band, Score
from tests.crm.factories import CustomFieldFactory
from tests.surveys.factories import BANDS, make_survey


def made(
    workspace: Workspace, *types: str, method: str = "sum", parts: list[dict[str, Any]]
) -> tuple[Score, dict[int, Any]]:
    survey = make_survey(workspace, *types, kind="identified")
    questions = {question.pk: question for question in survey.questions.all()}
    field = CustomFieldFactory(workspace=workspace, number=True)
    whole = [{"question": pk, **part} for pk, part in zip(questions, parts, strict=True)]
    score = Score.objects.create(
        workspace=workspace, survey=survey, name="ציון", method=method, parts=whole, field=field
    )
    return score, questions


PLAIN: dict[str, Any] = {"weight": 1}


@pytest.mark.parametrize(
    ("types", "method", "parts", "said", "value", "span"),
    [
        (("rating",) * 3, "sum", [PLAIN] * 3, [5, 5, 1], 11, (3, 15)),
        (("rating",) * 3, "average", [PLAIN] * 3, [5, 5, 1], 3.6667, (1, 5)),
        (("rating",) * 2, "sum", [{"weight": 2}, {"weight": -1}], [5, 1], 9, (-3, 9)),
        (("rating",) * 2, "average", [{"weight": 3}, {"weight": 1}], [5, 1], 4, (1, 5)),
        (("choice",), "sum", [{"points": {"o1": 10, "o2": 4}}], ["o2"], 4, (4, 10)),
        (("choice",), "sum", [{"points": {"o1": 10}}], ["o3"], 0, (10, 10)),
        (("choices",), "sum", [{"points": {"o1": 3, "o3": -1}}], [["o1", "o3"]], 2, (-1, 3)),
        (("yes_no",), "sum", [{}], [True], 1, (0, 1)),
        (("yes_no",), "sum", [{"points": {"yes": 0, "no": 5}}], [False], 5, (0, 5)),
        (("number",), "sum", [PLAIN], [12.5], 12.5, (0, 0)),
    ],
)
def test_a_score_is_its_parts(
    workspace: Workspace, types: Any, method: str, parts: Any, said: Any, value: Any, span: Any
) -> None:
    score, questions = made(workspace, *types, method=method, parts=parts)
    assert scoring.value_of(score, dict(zip(questions, said, strict=True)), questions) == value
    assert scoring.span_of(score, questions) == span


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_without_one_of_its_answers_there_is_no_score(workspace: Workspace, gone: int) -> None:
    score, questions = made(workspace, *["rating"] * 3, parts=[PLAIN] * 3)
    said = {pk: 5 for place, pk in enumerate(questions) if place != gone}
    assert scoring.value_of(score, said, questions) is None


def test_nor_without_one_of_its_questions(workspace: Workspace) -> None:
    score, questions = made(workspace, *["rating"] * 2, parts=[PLAIN] * 2)
    said = dict.fromkeys(questions, 5)
    questions.popitem()
    assert scoring.value_of(score, said, questions) is None


@pytest.mark.parametrize(
    ("value", "band"), [(3, "נמוך"), (5, "נמוך"), (6, "בינוני"), (11, "גבוה"), (15, "גבוה"), (5.5, ""), (16, "")]
)
def test_bands_hold_both_their_ends_and_may_leave_gaps(workspace: Workspace, value: float, band: str) -> None:
    score, _questions = made(workspace, "rating", parts=[PLAIN])
    for place, (name, tone, low, high) in enumerate(BANDS):
        Band.objects.create(score=score, position=place, name=name, tone=tone, lowest=low, highest=high)
    found = scoring.band_of(score, value)
    assert (found.name if found else "") == band
