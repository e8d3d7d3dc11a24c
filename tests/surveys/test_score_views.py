"""Setting up a score on its screen: saved without code, redrawn as a chain, refused where it makes none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from crm.models import User, Workspace
from surveys import defining, usage
from surveys.models import Score, Survey
from surveys.score_forms import ScoreForm
from tests.campaigns.factories import DocumentFactory, block
from tests.campaigns.mailings.factories import MailingFactory
from tests.crm.factories import SegmentFactory
from tests.surveys.factories import make_satisfaction, make_survey


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_survey(workspace, "rating", "choice", kind="identified")


def base(survey: Survey) -> str:
    return f"/w/{survey.workspace.slug}/surveys/{survey.pk}/scores"


def filled(survey: Survey, **more: Any) -> dict[str, Any]:
    first, second = survey.questions.all()
    data = {name: value for name, value in ScoreForm(survey).initial.items() if value is not None}
    data |= {f"use_{first.pk}": "on", f"weight_{first.pk}": "2", f"use_{second.pk}": "on"}
    data |= {f"points_{second.pk}_o1": "3", f"points_{second.pk}_o2": "1.5"}
    return data | more


def test_a_score_is_set_up_without_code(survey: Survey, owner_client: Client) -> None:
    answer = owner_client.post(f"{base(survey)}/new/", filled(survey))
    score = Score.objects.get()
    assert answer["Location"] == f"{base(survey)}/{score.pk}/"
    first, second = survey.questions.all()
    assert score.parts == [
        {"question": first.pk, "weight": 2},
        {"question": second.pk, "weight": 1, "points": {"o1": 3, "o2": 1.5, "o3": 0}},
    ]
    assert score.field.label == "סיכום סקר"
    page = owner_client.get(answer["Location"]).content.decode()
    assert '<bdi dir="ltr">2-13</bdi>' in page


def test_looking_draws_the_chain_and_saves_nothing(survey: Survey, owner_client: Client) -> None:
    answer = owner_client.post(
        f"{base(survey)}/new/", filled(survey, look="1", band_lowest_1="20", band_highest_1="25")
    )
    assert answer.status_code == 200
    assert 'id="score-chain"' in answer.content.decode()
    assert "<!doctype" not in answer.content.decode()
    assert answer.context["chain"].warnings
    assert not Score.objects.exists()


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("name", {"name": ""}),
        ("method", {"method": "product"}),
        ("field_label", {"field_label": ""}),
        ("field", {"field": "999999"}),
        ("band_name_0", {"band_name_0": ""}),
        ("band_highest_0", {"band_lowest_0": "9", "band_highest_0": "1"}),
        ("band_lowest_0", {"band_lowest_0": "inf"}),
        ("band_highest_0", {"band_highest_0": "1e99"}),
    ],
)
def test_what_makes_no_score_comes_back_with_a_word_beside_it(
    survey: Survey, owner_client: Client, name: str, more: dict[str, Any]
) -> None:
    answer = owner_client.post(f"{base(survey)}/new/", filled(survey, **more))
    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert not Score.objects.exists()


def test_two_bands_of_one_name_are_refused_by_the_verb_and_told_on_the_form(
    survey: Survey, owner_client: Client
) -> None:
    answer = owner_client.post(f"{base(survey)}/new/", filled(survey, band_name_1="נמוך"))
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()


def test_counting_anew_and_deleting_are_a_button_each(workspace: Workspace, owner_client: Client) -> None:
    survey = make_satisfaction(workspace)
    score = survey.scores.get()
    owner_client.post(f"{base(survey)}/{score.pk}/anew/")
    score.refresh_from_db()
    assert score.settled_to == 0
    owner_client.post(f"{base(survey)}/{score.pk}/delete/")
    assert not survey.scores.exists()


def test_an_analyst_sees_results_and_sets_up_nothing(
    workspace: Workspace, analyst: User, client_as: Callable[[User], Client]
) -> None:
    survey, analyst_client = make_satisfaction(workspace), client_as(analyst)
    assert analyst_client.get(f"/w/{workspace.slug}/surveys/{survey.pk}/results/").status_code == 200
    assert analyst_client.get(f"{base(survey)}/new/").status_code == 403
    assert analyst_client.post(f"/w/{workspace.slug}/surveys/{survey.pk}/export/").status_code == 403


# -- a score in use --------------------------------------------------------------------------------------------------------
@pytest.fixture
def used(workspace: Workspace) -> Score:
    score = make_satisfaction(workspace).scores.get()
    SegmentFactory(workspace=workspace, name="להתקשר", rule={"all": [{"score": score.pk, "band": "נמוך"}]})
    SegmentFactory(workspace=workspace, name="אחר", rule={"all": [{"score": score.pk + 1, "band": "נמוך"}]})
    rule = {"all": [{"score": score.pk, "band": "גבוה"}]}
    mail = [block("heading", text="תודה", rule=rule)]
    MailingFactory(workspace=workspace, name="תודות", document=DocumentFactory(workspace=workspace, blocks=mail))
    return score


def test_a_score_in_use_is_deleted_only_by_who_saw_where(used: Score, owner_client: Client) -> None:
    url = f"{base(used.survey)}/{used.pk}/delete/"
    answer = owner_client.post(url)
    assert answer.status_code == 409
    assert [use.name for use in answer.context["uses"]] == ["להתקשר", "תודות"]
    assert "להתקשר" in answer.content.decode()
    assert Score.objects.filter(pk=used.pk).exists()
    assert owner_client.post(url, {"sure": "1"}).status_code == 302
    assert not Score.objects.filter(pk=used.pk).exists()


def changed(score: Score, **more: Any) -> dict[str, Any]:
    data = {name: value for name, value in ScoreForm(score.survey, score=score).initial.items() if value is not None}
    return data | more


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({}, []),
        ({"name": "שם אחר"}, []),
        ({"band_highest_1": "9"}, []),
        ({"band_highest_0": "6"}, ["להתקשר"]),
        ({"band_name_2": "מצוין"}, ["תודות"]),
        ({"band_name_2": "", "band_lowest_2": "", "band_highest_2": "", "band_name_0": "גרוע"}, ["להתקשר", "תודות"]),
    ],
)
def test_bands_in_use_are_changed_only_by_who_saw_where(
    used: Score, owner_client: Client, more: dict[str, str], named: list[str]
) -> None:
    url, data = f"{base(used.survey)}/{used.pk}/", changed(used, **more)
    answer = owner_client.post(url, data)
    assert answer.status_code == (409 if named else 302)
    if named:
        assert [use.name for use in answer.context["uses"]] == named
        assert [band.name for band in used.bands.all()] == ["נמוך", "בינוני", "גבוה"]
        assert owner_client.post(url, data | {"sure": "1"}).status_code == 302
        assert [band.name for band in used.bands.all()] == [
            data[f"band_name_{n}"] for n in range(3) if data[f"band_name_{n}"]
        ]


def test_a_text_of_a_survey_that_shows_by_a_score_uses_it(used: Score) -> None:
    survey = defining.create(used.survey.workspace, name="אחרי", kind="identified")
    assert survey.thanks is not None
    survey.thanks.blocks[0]["rule"] = {"all": [{"score": used.pk, "op": ">=", "value": 3}]}
    survey.thanks.save()
    assert "אחרי" in [use.name for use in usage.of_score(used)]
