"""The surveys of a contact on their card: answers, the score on its ruler, and what it was before."""

from __future__ import annotations

import pytest
from django.test import Client

from crm.contacts import erasing, merging
from crm.contacts.disclosing import disclose
from crm.models import Contact, Workspace
from surveys import answering, card
from surveys.models import Band, Participation, Response, ScoreResult, Survey
from tests.crm.factories import ContactFactory
from tests.surveys.factories import make_satisfaction


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace, is_editable=True)


@pytest.fixture
def yoav(survey: Survey) -> Contact:
    return ContactFactory(workspace=survey.workspace, first_name="יואב")


def answer(survey: Survey, contact: Contact, *values: int, complete: bool = True) -> None:
    ids = survey.questions.values_list("pk", flat=True)
    answering.answer(survey, contact, dict(zip(ids, values, strict=False)), complete=complete)


def page(client: Client, contact: Contact) -> str:
    return client.get(f"/w/{contact.workspace.slug}/contacts/{contact.pk}/").content.decode()


def test_the_card_says_what_was_answered_what_it_scores_and_what_it_scored_before(
    survey: Survey, yoav: Contact, owner_client: Client
) -> None:
    assert 'id="survey-panel"' not in page(owner_client, yoav)
    answer(survey, yoav, 1, 1, 1)
    answer(survey, yoav, 5, 5, 1)
    shown = page(owner_client, yoav)
    panel = shown[shown.index('id="survey-panel"') :]
    panel = panel[: panel.index("</section>")]
    for words in (
        "שביעות רצון",
        "<b>11</b>",
        "גבוה",
        "5 מתוך 5",
        "1 מתוך 5",
        "הושלם 2 פעמים",
        "ציונים קודמים",
        "<b>3</b>",
    ):
        assert words in panel, words


def test_whoever_stopped_midway_has_answers_on_the_card_and_no_score(
    survey: Survey, yoav: Contact, owner_client: Client
) -> None:
    answer(survey, yoav, 5, complete=False)
    shown = page(owner_client, yoav)
    assert "נעצרו באמצע" in shown
    assert "m-ruler" not in shown[shown.index('id="survey-panel"') :]


@pytest.mark.parametrize(("value", "at"), [(3, 0), (9, 50), (15, 100), (40, 100)])
def test_the_marker_stands_where_the_score_is(value: float, at: float) -> None:
    bands = [Band(name="א", tone="low", lowest=1, highest=9), Band(name="ב", tone="high", lowest=10, highest=15)]
    ruler = card.ruler_of(bands, (3, 15), value)
    assert ruler is not None
    assert ruler.at == at


def test_without_bands_there_is_no_ruler() -> None:
    assert card.ruler_of([], (3, 15), 9) is None


def test_answers_and_scores_follow_a_merge_and_come_back(survey: Survey, yoav: Contact) -> None:
    winner = ContactFactory(workspace=survey.workspace)
    answer(survey, yoav, 5, 5, 1)
    merging.merge(winner, yoav, "user:1")
    assert ScoreResult.objects.get().response.contact_id == winner.pk
    assert Participation.objects.get().contact_id == winner.pk
    told = disclose(winner).as_dict()
    assert [row["value"] for row in told["survey_scores"]] == [11]
    assert [row["answer"] for row in told["survey_answers"]] == [5, 5, 1]


def test_nothing_of_an_erased_person_stays(survey: Survey, yoav: Contact) -> None:
    answer(survey, yoav, 5, 5, 1)
    erasing.erase(yoav, actor="user:1")
    assert not Response.objects.exists()
    assert not ScoreResult.objects.exists()
    assert not Participation.objects.exists()
