"""The anonymous kind counts truly, once each, and never a handful."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from crm.contacts import erasing, merging
from crm.models import Contact, Event, Workspace
from surveys import tallying
from surveys.models import Participation, Remark, SealedAnswer, Survey, Tally
from tests.crm.factories import ContactFactory
from tests.surveys.factories import make_survey


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    survey = make_survey(workspace, "choice", "choices", "long_text")
    tallying.open_anonymous(survey)
    return survey


def vote(survey: Survey, count: int, *, option: str = "o1") -> list[Contact]:
    people = ContactFactory.create_batch(count, workspace=survey.workspace)
    for contact in people:
        assert tallying.take_part(survey, answers(survey, option), contact=contact)
    return people


def answers(survey: Survey, option: str) -> dict[int, Any]:
    one, many, words = survey.questions.values_list("pk", flat=True)
    return {one: option, many: ["o1", "o3"], words: f"בגלל {option}"}


def waiting() -> int:
    return SealedAnswer.objects.filter(sealed__isnull=False).count()


def counts(survey: Survey) -> dict[str, int]:
    first = survey.questions.first()
    return dict(Tally.objects.filter(question=first).values_list("option", "count"))


def test_nothing_is_known_until_ten_wait_and_then_five_are(survey: Survey) -> None:
    vote(survey, 9)
    assert not tallying.count_batch(survey)
    assert (
        counts(survey)["o1"],
        Participation.objects.count(),
        Event.objects.filter(kind__startswith="survey").count(),
    ) == (0, 0, 0)
    vote(survey, 1)
    assert tallying.count_batch(survey)
    assert not tallying.count_batch(survey)
    assert counts(survey) == {"": 5, "o1": 5, "o2": 0, "o3": 0}
    assert (waiting(), Participation.objects.count(), Remark.objects.count()) == (5, 5, 5)
    moments = set(Participation.objects.values_list("at", flat=True))
    assert moments == set(Event.objects.filter(kind="survey.participated").values_list("occurred_at", flat=True))
    assert len(moments) == 1


def test_the_rest_is_counted_at_close_and_the_key_is_gone(survey: Survey) -> None:
    vote(survey, 10)
    tallying.count_batch(survey)
    vote(survey, 2, option="o2")
    assert tallying.close(survey)
    assert counts(survey) == {"": 12, "o1": 10, "o2": 2, "o3": 0}
    survey.refresh_from_db()
    assert (survey.key, survey.status, survey.counted, SealedAnswer.objects.count()) == (None, "closed", 12, 0)
    assert not tallying.close(survey)


def test_under_five_in_all_nothing_is_ever_counted(survey: Survey) -> None:
    vote(survey, 4)
    tallying.close(survey)
    assert counts(survey) == {"": 0, "o1": 0, "o2": 0, "o3": 0}
    assert (Participation.objects.count(), Remark.objects.count(), SealedAnswer.objects.count()) == (0, 0, 0)


def test_a_second_answer_is_refused_while_it_waits_and_after_it_was_counted(survey: Survey) -> None:
    people = vote(survey, 10)
    assert not tallying.take_part(survey, answers(survey, "o2"), contact=people[0])
    tallying.count_batch(survey)
    assert not any(tallying.take_part(survey, answers(survey, "o2"), contact=contact) for contact in people)
    assert all(tallying.has_answered(survey, contact) for contact in people)
    assert not tallying.has_answered(survey, ContactFactory(workspace=survey.workspace))


def test_a_closed_survey_takes_nothing(survey: Survey) -> None:
    before = Survey.objects.get(pk=survey.pk)
    tallying.close(survey)
    assert not tallying.take_part(before, answers(survey, "o1"), contact=ContactFactory(workspace=survey.workspace))
    assert SealedAnswer.objects.count() == 0


def test_browsers_without_a_name_are_counted_and_listed_nowhere(survey: Survey) -> None:
    for number in range(10):
        assert tallying.take_part(survey, answers(survey, "o3"), browser=f"secret {number}")
    assert not tallying.take_part(survey, answers(survey, "o3"), browser="secret 1")
    tallying.close(survey)
    assert (counts(survey)["o3"], Participation.objects.count()) == (10, 0)


def test_who_is_erased_while_waiting_is_counted_and_named_nowhere(survey: Survey) -> None:
    people = vote(survey, 9)
    erasing.erase(people[0], actor="user:1")
    assert SealedAnswer.objects.count() == 9
    tallying.close(survey)
    assert counts(survey)["o1"] == 9
    assert set(Participation.objects.values_list("contact_id", flat=True)) == {one.pk for one in people[1:]}


def test_who_is_merged_while_waiting_took_part_as_the_one_they_became(survey: Survey) -> None:
    people = vote(survey, 9)
    winner = ContactFactory(workspace=survey.workspace)
    merging.merge(winner, people[0], actor="user:1")
    tallying.close(survey)
    took = set(Participation.objects.values_list("contact_id", flat=True))
    assert took == {winner.pk, *(one.pk for one in people[1:])}


def test_both_percentages_can_be_told(survey: Survey) -> None:
    vote(survey, 10)
    tallying.close(survey)
    many = survey.questions.all()[1]
    found = dict(Tally.objects.filter(question=many).values_list("option", "count"))
    assert found == {"": 10, "o1": 10, "o2": 0, "o3": 10}  # of participants 100 %, of answers 50 %


def test_a_browser_that_was_counted_counts_once(survey: Survey) -> None:
    for number in range(10):
        assert tallying.take_part(survey, answers(survey, "o1"), browser=f"browser {number}")
    assert tallying.count_batch(survey)
    again = [tallying.take_part(survey, answers(survey, "o2"), browser=f"browser {number}") for number in range(10)]
    assert not any(again)
    assert (waiting(), SealedAnswer.objects.count()) == (5, 10)
    assert all(tallying.has_answered(survey, browser=f"browser {number}") for number in range(10))


@pytest.mark.django_db(transaction=True)
def test_a_sending_that_comes_again_while_it_is_counted_counts_once(workspace: Workspace) -> None:
    """The retry waits for the batch and then meets the token, whichever of the two was first."""
    survey = make_survey(workspace, "choice", "choices", "long_text")
    tallying.open_anonymous(survey)
    people = vote(survey, 10)
    started = Barrier(11)

    def again(contact: Contact) -> bool:
        try:
            started.wait()
            return tallying.take_part(survey, answers(survey, "o2"), contact=contact)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        with transaction.atomic():
            tallying.count_batch(survey)
            waiting_for_us = [pool.submit(again, contact) for contact in people]
            started.wait()
            time.sleep(0.3)
        assert not any(one.result() for one in waiting_for_us)
    tallying.close(survey)
    assert counts(survey) == {"": 10, "o1": 10, "o2": 0, "o3": 0}


def test_an_erased_person_who_was_counted_leaves_no_token(survey: Survey) -> None:
    people = vote(survey, 10)
    tallying.count_batch(survey)
    counted = Participation.objects.first()
    assert counted is not None
    erasing.erase(counted.contact, actor="user:1")
    assert (SealedAnswer.objects.count(), waiting()) == (len(people) - 1, 5)
