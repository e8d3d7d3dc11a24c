"""Surveys in the rule language: who took part, what they answered, what they scored; never what an anonymous survey holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from crm.models import Contact, Workspace
from crm.rules import operators
from crm.rules.faults import RuleError
from crm.rules.grammar import clean
from crm.rules.reading import read
from crm.segments import matching
from surveys import answer_words, answering, opening, tallying
from surveys.models import Band, Survey
from tests.crm.factories import ContactFactory, WorkspaceFactory
from tests.surveys.factories import make_satisfaction, make_survey


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace)


def answered(survey: Survey, *values: int, complete: bool = True) -> Contact:
    contact = ContactFactory(workspace=survey.workspace)
    ids = survey.questions.values_list("pk", flat=True)
    answering.answer(survey, contact, dict(zip(ids, values, strict=False)), complete=complete)
    return contact


def people(workspace: Workspace, node: dict[str, Any]) -> set[int]:
    rule = clean({"all": [node]}, workspace)
    return set(matching.contacts(workspace, rule).values_list("pk", flat=True))


def test_taking_part_is_a_completion_and_not_yet_is_none_of_it(survey: Survey) -> None:
    done, midway = answered(survey, 5, 5, 5), answered(survey, 5, complete=False)
    assert people(survey.workspace, {"survey": survey.pk}) == {done.pk}
    assert people(survey.workspace, {"none": [{"survey": survey.pk}]}) == {midway.pk}


def test_slices_are_rules_on_one_question(survey: Survey) -> None:
    yoav, dana = answered(survey, 5, 5, 1), answered(survey, 4, 3, 5)
    midway = answered(survey, 2, complete=False)
    first, second, third = survey.questions.values_list("pk", flat=True)
    assert people(survey.workspace, {"said": third, "op": "<=", "value": 2}) == {yoav.pk}
    assert people(survey.workspace, {"said": second, "op": "=", "value": 3}) == {dana.pk}
    assert people(survey.workspace, {"said": first, "op": "between", "value": [1, 2]}) == {midway.pk}
    assert people(survey.workspace, {"said": third, "op": "empty"}) == {midway.pk}


def test_bands_and_scores_are_those_of_the_last_completion(survey: Survey) -> None:
    survey.is_editable = True
    survey.save()
    yoav, dana = answered(survey, 5, 5, 1), answered(survey, 1, 1, 1)
    score = survey.scores.get()
    ids = list(survey.questions.values_list("pk", flat=True))
    answering.answer(survey, dana, dict.fromkeys(ids, 3), complete=True)
    assert people(survey.workspace, {"score": score.pk, "band": "גבוה"}) == {yoav.pk}
    assert people(survey.workspace, {"score": score.pk, "band": "בינוני"}) == {dana.pk}
    assert people(survey.workspace, {"score": score.pk, "band": "נמוך"}) == set()
    assert people(survey.workspace, {"score": score.pk, "op": ">=", "value": 9}) == {yoav.pk, dana.pk}


def test_where_bands_overlap_the_first_counts(survey: Survey) -> None:
    yoav = answered(survey, 5, 5, 1)
    score = survey.scores.get()
    Band.objects.create(score=score, position=9, name="הכול", lowest=0, highest=100)
    assert people(survey.workspace, {"score": score.pk, "band": "הכול"}) == set()
    assert people(survey.workspace, {"score": score.pk, "band": "גבוה"}) == {yoav.pk}


def test_what_an_anonymous_survey_holds_cannot_be_asked_of_anybody(workspace: Workspace) -> None:
    survey = opening.open_survey(make_survey(workspace, "rating"))
    question = survey.questions.get()
    for contact in ContactFactory.create_batch(10, workspace=workspace):
        tallying.take_part(survey, {question.pk: 5}, contact=contact)
    tallying.close(survey)
    assert len(people(workspace, {"survey": survey.pk})) == 10
    with pytest.raises(RuleError):
        clean({"all": [{"said": question.pk, "op": "=", "value": 5}]}, workspace)
    page_rule = clean({"all": [{"answer": question.pk, "op": "=", "value": 5}]}, workspace)
    assert not matching.contacts(workspace, page_rule).exists()


@pytest.mark.parametrize(
    "node",
    [
        {"survey": 10**9},
        {"survey": True},
        {"survey": "1"},
        {"said": 10**9, "op": "=", "value": 1},
        {"said": None, "op": "=", "value": 1},
        {"score": 10**9, "band": "x"},
        {"score": [], "op": ">", "value": 1},
    ],
)
def test_what_is_not_there_is_refused(survey: Survey, node: dict[str, Any]) -> None:
    with pytest.raises(RuleError):
        clean({"all": [node]}, survey.workspace)


def test_things_of_another_business_are_not_there(survey: Survey) -> None:
    stranger = WorkspaceFactory()
    question, score = survey.questions.first(), survey.scores.get()
    for node in (
        {"survey": survey.pk},
        {"said": question.pk, "op": "=", "value": 1},
        {"answer": question.pk, "op": "=", "value": 1},
        {"score": score.pk, "band": "גבוה"},
    ):
        with pytest.raises(RuleError):
            clean({"all": [node]}, stranger)


def test_the_faults_of_a_comparison_are_told_with_their_place(survey: Survey) -> None:
    question, score = survey.questions.first(), survey.scores.get()
    faulty = {
        "all.0.op": {"said": question.pk, "op": "contains", "value": "x"},
        "all.0.value": {"said": question.pk, "op": ">=", "value": "x"},
        "all.0.band": {"score": score.pk, "band": "אין כזה"},
    }
    for path, node in faulty.items():
        with pytest.raises(RuleError) as refused:
            clean({"all": [node]}, survey.workspace)
        assert refused.value.path == path


def test_they_read_as_sentences(survey: Survey) -> None:
    question, score = survey.questions.first(), survey.scores.get()
    rule = {
        "all": [
            {"survey": survey.pk},
            {"said": question.pk, "op": "<=", "value": 2},
            {"score": score.pk, "band": "גבוה"},
            {"score": score.pk, "op": ">=", "value": 11},
        ]
    }
    sentence = read(clean(rule, survey.workspace), survey.workspace)
    assert all(words in sentence for words in ("שביעות רצון", question.label, "גבוה", "11"))


def test_conditions_on_answers_are_said_of_answers_and_not_of_fields(survey: Survey) -> None:
    said, score = survey.questions.first(), survey.scores.get()
    assert said is not None
    with translation.override("he"):
        words = read({"all": [{"said": said.pk, "op": ">=", "value": 4}]}, survey.workspace)
        scored = read({"all": [{"score": score.pk, "op": ">=", "value": 11}]}, survey.workspace)
    for part in ("התשובה שלהם לשאלה", said.label, "בסקר", survey.name, "לפחות"):
        assert part in words
    assert "שהציון שלהם ב" in scored
    assert "השדה" not in words + scored


def test_every_comparison_of_an_answer_has_words() -> None:
    kinds = {operator.name for kind in operators.BY_KIND.values() for operator in kind}
    assert kinds == set(answer_words.OF_ANSWERS)
    takes = {operator.name for operator in operators.NUMBER if operator.takes}
    assert takes == set(answer_words.OF_SCORES)
