"""Opening and closing: by hand, by the clock, and what stands in their way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.models import Workspace
from surveys import opening, tallying
from surveys.models import Survey, Tally
from tests.crm.factories import ContactFactory, CustomFieldFactory
from tests.surveys.factories import make_survey

HOUR = timedelta(hours=1)


def test_an_identified_survey_opens_when_every_question_has_its_field(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", kind="identified")
    with pytest.raises(ValidationError):
        opening.open_survey(survey)
    survey.questions.update(field=CustomFieldFactory(workspace=workspace, rating=True))
    assert opening.open_survey(survey).is_open
    assert opening.close_survey(survey)
    assert opening.open_survey(survey).is_open


def test_a_survey_without_questions_does_not_open(workspace: Workspace) -> None:
    with pytest.raises(ValidationError):
        opening.open_survey(make_survey(workspace))


def test_an_anonymous_survey_opens_once(workspace: Workspace) -> None:
    survey = opening.open_survey(make_survey(workspace, "choice"))
    assert (survey.is_open, bool(survey.key), Tally.objects.count()) == (True, True, 4)
    assert opening.open_survey(survey).key == survey.key
    opening.close_survey(survey)
    with pytest.raises(ValidationError):
        opening.open_survey(survey)


def test_the_clock_opens_and_closes_and_leaves_what_cannot_open(workspace: Workspace) -> None:
    now = timezone.now()
    ready = make_survey(workspace, "choice", opens_at=now - HOUR, closes_at=now + HOUR)
    unready = make_survey(workspace, opens_at=now - HOUR)
    later = make_survey(workspace, "choice", opens_at=now + HOUR)
    assert opening.keep_time(now) == 1
    assert [Survey.objects.get(pk=one.pk).status for one in (ready, unready, later)] == ["open", "draft", "draft"]
    assert opening.keep_time(now) == 0
    assert opening.keep_time(now + 2 * HOUR) == 2
    assert [Survey.objects.get(pk=one.pk).status for one in (ready, unready, later)] == ["closed", "draft", "open"]


def test_what_was_closed_by_hand_is_not_opened_by_the_clock(workspace: Workspace) -> None:
    now = timezone.now()
    survey = make_survey(workspace, "choice", opens_at=now - HOUR)
    opening.keep_time(now)
    opening.close_survey(survey)
    assert opening.keep_time(now) == 0


def test_the_clock_counts_every_batch_that_waits(workspace: Workspace) -> None:
    survey = opening.open_survey(make_survey(workspace, "rating"))
    question = survey.questions.get()
    for contact in ContactFactory.create_batch(23, workspace=workspace):
        tallying.take_part(survey, {question.pk: 4}, contact=contact)
    assert opening.count_waiting() == 3
    assert opening.count_waiting() == 0
    assert Tally.objects.get(question=question, option="4").count == 15
