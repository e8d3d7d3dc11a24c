"""The identified kind: answers on the card, scores of whole answers alone, one of everything for each completion."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from crm.models import Contact, Event, Workspace
from surveys import answering, tallying
from surveys.models import Participation, Question, Response, ScoreResult, Survey
from tests.crm.factories import ContactFactory, CustomFieldFactory
from tests.surveys.factories import make_satisfaction, make_survey


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace)


@pytest.fixture
def yoav(workspace: Workspace) -> Contact:
    return ContactFactory(workspace=workspace, first_name="יואב")


def ids(survey: Survey) -> list[int]:
    return list(survey.questions.values_list("pk", flat=True))


def say(survey: Survey, contact: Contact, *values: Any, complete: bool = True, **more: Any) -> Response:
    said = {pk: value for pk, value in zip(ids(survey), values, strict=False) if value is not None}
    return answering.answer(survey, contact, said, complete=complete, **more)


def card(survey: Survey, contact: Contact) -> list[Any]:
    contact.refresh_from_db()
    keys = [question.field.storage_key for question in survey.questions.all() if question.field]
    keys += [score.field.storage_key for score in survey.scores.all()]
    return [contact.values.get(key) for key in keys]


def kinds(contact: Contact) -> list[str]:
    return list(
        Event.objects.filter(contact=contact, kind__startswith="survey.").order_by("id").values_list("kind", flat=True)
    )


def test_a_completion_with_a_score_asks_the_database_little(
    survey: Survey, yoav: Contact, django_assert_max_num_queries: Any
) -> None:
    said = dict(zip(ids(survey), (5, 5, 1), strict=True))
    with django_assert_max_num_queries(14):  # with the savepoint's two
        answering.answer(survey, yoav, said, complete=True)


def hold(model: Any, pk: int) -> int:
    """What somebody else would do to change this row, without waiting for it."""
    try:
        with transaction.atomic():
            return int(model.objects.select_for_update(nowait=True, no_key=True).get(pk=pk).pk)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_who_answers_keeps_nobody_else_of_the_business_waiting(survey: Survey, yoav: Contact) -> None:
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        say(survey, yoav, 5, 5, 1)
        with pytest.raises(OperationalError):
            pool.submit(hold, Contact, yoav.pk).result()
        assert pool.submit(hold, Workspace, survey.workspace_id).result() == survey.workspace_id


def test_five_five_one_is_high_and_stands_on_the_card(survey: Survey, yoav: Contact) -> None:
    response = say(survey, yoav, 5, 5, 1)
    assert card(survey, yoav) == [5, 5, 1, 11]
    assert [(result.value, result.band) for result in response.results.all()] == [(11, "גבוה")]
    assert kinds(yoav) == ["survey.participated", "survey.answered"]
    survey.refresh_from_db()
    assert survey.counted == 1


def test_who_stops_midway_has_answers_and_no_score(survey: Survey, yoav: Contact) -> None:
    response = say(survey, yoav, 5, complete=False)
    assert card(survey, yoav) == [5, None, None, None]
    assert not response.is_complete
    assert not ScoreResult.objects.exists()
    assert not Participation.objects.exists()
    assert kinds(yoav) == []


def test_midway_and_then_to_the_end_is_one_completion(survey: Survey, yoav: Contact) -> None:
    say(survey, yoav, 5, complete=False)
    response = say(survey, yoav, None, 4, 2)
    assert response.times == 1
    assert card(survey, yoav) == [5, 4, 2, 11]


def test_the_same_completion_twice_counts_once(survey: Survey, yoav: Contact) -> None:
    survey.is_editable = True
    survey.save()
    for _sending in range(2):
        response = say(survey, yoav, 5, 5, 5)
    assert (response.times, ScoreResult.objects.count()) == (1, 1)
    assert kinds(yoav) == ["survey.participated", "survey.answered"]


def test_a_second_complete_answer_scores_anew_and_takes_part_once(survey: Survey, yoav: Contact) -> None:
    survey.is_editable = True
    survey.save()
    say(survey, yoav, 5, 5, 5)
    response = say(survey, yoav, 1, 1, 1)
    assert response.times == 2
    assert list(response.results.order_by("times").values_list("value", "band")) == [(15, "גבוה"), (3, "נמוך")]
    assert card(survey, yoav) == [1, 1, 1, 3]
    assert kinds(yoav) == ["survey.participated", "survey.answered", "survey.answered"]


def test_an_answer_that_stands_cannot_be_changed_unless_the_owner_allows(survey: Survey, yoav: Contact) -> None:
    say(survey, yoav, 5, 5, 5)
    with pytest.raises(ValidationError) as refused:
        say(survey, yoav, 1, 1, 1)
    assert refused.value.message_dict.keys() == {""}
    assert card(survey, yoav) == [5, 5, 5, 15]


def test_what_is_missing_is_named_and_nothing_is_kept(survey: Survey, yoav: Contact) -> None:
    with pytest.raises(ValidationError) as refused:
        say(survey, yoav, 5, 5)
    assert list(refused.value.message_dict) == [str(ids(survey)[2])]
    assert card(survey, yoav) == [None] * 4
    assert not Response.objects.exists()


@pytest.mark.parametrize("status", ["draft", "closed"])
def test_a_survey_that_is_not_open_takes_nothing(survey: Survey, yoav: Contact, status: str) -> None:
    Survey.objects.filter(pk=survey.pk).update(status=status)
    with pytest.raises(ValidationError):
        say(survey, yoav, 5, 5, 5)
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    ("policy", "had", "said", "stands"),
    [
        ("always", "ישן", "חדש", "חדש"),
        ("if_empty", "ישן", "חדש", "ישן"),
        ("if_empty", None, "חדש", "חדש"),
        ("append", "ישן", "חדש", "ישן\nחדש"),
        ("append", "ישן\nחדש", "חדש", "ישן\nחדש"),
        ("append", None, "חדש", "חדש"),
    ],
)
def test_each_question_says_what_becomes_of_what_the_card_said(
    workspace: Workspace, policy: str, had: Any, said: str, stands: str
) -> None:
    survey = make_survey(workspace, "long_text", kind="identified", status="open")
    field = CustomFieldFactory(workspace=workspace, long_text=True)
    Question.objects.filter(survey=survey).update(field=field, policy=policy)
    contact = ContactFactory(workspace=workspace, values={field.storage_key: had} if had else {})
    say(survey, contact, said)
    contact.refresh_from_db()
    assert contact.values[field.storage_key] == stands


def test_an_older_answer_does_not_push_out_a_newer_word(workspace: Workspace, survey: Survey, yoav: Contact) -> None:
    """An integrator brings an answer that was given yesterday; the field was changed today."""
    survey.questions.update(policy="newest")
    survey.is_editable = True
    survey.save()
    say(survey, yoav, 4, 4, 4)
    say(survey, yoav, 1, 1, 1, at=timezone.now() - timedelta(days=1))
    assert card(survey, yoav)[:3] == [4, 4, 4]


def test_a_question_that_is_skipped_is_not_missed_and_not_kept(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", "long_text", kind="identified", status="open")
    first, second = ids(survey)
    shown_if = {"all": [{"answer": first, "op": "<=", "value": 2}]}
    Question.objects.filter(pk=second).update(shown_if=shown_if, is_required=True)
    glad, sad = ContactFactory(workspace=workspace), ContactFactory(workspace=workspace)
    assert say(survey, glad, 5, "לא נשאלתי").answers == {str(first): 5}
    with pytest.raises(ValidationError):
        say(survey, sad, 1)
    assert say(survey, sad, 1, "איחרו").answers == {str(first): 1, str(second): "איחרו"}


def test_a_condition_on_a_skipped_question_does_not_hold(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", "rating", "rating", kind="identified", status="open")
    first, second, third = ids(survey)
    Question.objects.filter(pk=second).update(shown_if={"all": [{"answer": first, "op": "<=", "value": 2}]})
    Question.objects.filter(pk=third).update(shown_if={"all": [{"answer": second, "op": ">=", "value": 1}]})
    assert say(survey, ContactFactory(workspace=workspace), 5, 3, 3).answers == {str(first): 5}
    assert say(survey, ContactFactory(workspace=workspace), 1, 3, 3).answers == {
        str(first): 1,
        str(second): 3,
        str(third): 3,
    }


def _at_once(times: int, call: Any) -> list[Any]:
    barrier = Barrier(times)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return call(number)
        except ValidationError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
def test_many_sendings_at_once_are_one_answer(workspace: Workspace) -> None:
    survey, contact = make_satisfaction(workspace), ContactFactory(workspace=workspace)
    _at_once(20, lambda number: say(survey, contact, 5, 5, 1))
    assert (Response.objects.get().times, ScoreResult.objects.count()) == (1, 1)
    assert kinds(contact) == ["survey.participated", "survey.answered"]


@pytest.mark.django_db(transaction=True)
def test_many_anonymous_sendings_at_once_are_one_answer(workspace: Workspace) -> None:
    survey, contact = make_survey(workspace, "rating"), ContactFactory(workspace=workspace)
    tallying.open_anonymous(survey)
    taken = _at_once(20, lambda number: tallying.take_part(survey, {ids(survey)[0]: 1 + number % 5}, contact=contact))
    assert sorted(taken) == [False] * 19 + [True]
