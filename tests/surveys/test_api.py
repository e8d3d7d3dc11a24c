"""REST of surveys: definitions, published results, and identified answers in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from crm.models import Contact, Workspace
from surveys.models import Response, Survey
from tests.conftest import Api, api_of
from tests.crm.factories import ContactFactory, WorkspaceFactory
from tests.surveys.factories import make_satisfaction


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace)


@pytest.fixture
def dana(survey: Survey) -> Contact:
    return ContactFactory(workspace=survey.workspace)


def places(refused: Any) -> list[str]:
    return [error["attr"] for error in refused.json()["errors"]]


def answers(survey: Survey, *values: Any) -> dict[str, Any]:
    ids = survey.questions.values_list("pk", flat=True)
    return {str(pk): value for pk, value in zip(ids, values, strict=False)}


def test_a_definition_says_what_is_asked_and_what_is_scored(api: Api, survey: Survey) -> None:
    told = api.get(f"surveys/{survey.pk}/").json()
    assert [question["type"] for question in told["questions"]] == ["rating"] * 3
    assert [band["name"] for band in told["scores"][0]["bands"]] == ["נמוך", "בינוני", "גבוה"]
    assert [row["id"] for row in api.get("surveys/").json()["results"]] == [survey.pk]


def test_answers_come_in_as_from_the_page(api: Api, survey: Survey, dana: Contact) -> None:
    sent = api.post(f"surveys/{survey.pk}/answers/", {"contact": dana.pk, "answers": answers(survey, 5, 5, 1)})
    assert sent.status_code == 201, sent.json()
    told = sent.json()
    assert (told["contact"], told["times"], told["source"]) == (dana.pk, 1, "api")
    assert [row["value"] for row in told["results"]] == [11]
    dana.refresh_from_db()
    assert 11 in dana.values.values()
    results = api.get(f"surveys/{survey.pk}/results/").json()
    assert results["participants"] == 1
    assert {"option": "1", "label": "1", "count": 1} in results["questions"][2]["options"]
    listed = api.get(f"surveys/{survey.pk}/responses/").json()["results"]
    assert [row["answers"] for row in listed] == [answers(survey, 5, 5, 1)]


def test_whoever_is_not_known_yet_becomes_a_contact_once(api: Api, survey: Survey) -> None:
    body = {"email": "new@new.test", "answers": answers(survey, 4), "complete": False}
    first, again = (api.post(f"surveys/{survey.pk}/answers/", body) for _number in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["contact"] == again.json()["contact"]
    assert first.json()["completed_at"] is None
    assert Response.objects.count() == 1


def test_a_call_with_an_idempotency_key_is_done_once(api: Api, survey: Survey) -> None:
    body = {"email": "new@new.test", "answers": answers(survey, 4, 4, 4)}
    told = [
        api.post(f"surveys/{survey.pk}/answers/", body, headers={"Idempotency-Key": "k1"}).json() for _n in range(2)
    ]
    assert told[0] == told[1]
    assert Response.objects.get().times == 1


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"answers": {}}, "contact"),
        ({"contact": 1, "answers": {"1": 5}}, "answers.1"),
        ({"email": "nonsense", "answers": {}}, "email"),
        ({"contact": 1}, "answers"),
        ({"contact": "x", "answers": {}}, "contact"),
    ],
)
def test_bad_input_is_told_where_it_stands(api: Api, survey: Survey, body: dict[str, Any], place: str) -> None:
    refused = api.post(f"surveys/{survey.pk}/answers/", body)
    assert refused.status_code == 400, refused.json()
    assert places(refused) == [place]
    assert not Response.objects.exists()


def test_what_does_not_fit_a_question_stands_under_it(api: Api, survey: Survey, dana: Contact) -> None:
    said = answers(survey, 9, 5)
    refused = api.post(f"surveys/{survey.pk}/answers/", {"contact": dana.pk, "answers": said})
    assert (refused.status_code, places(refused)) == (400, [f"answers.{next(iter(said))}"])
    missing = api.post(f"surveys/{survey.pk}/answers/", {"contact": dana.pk, "answers": answers(survey, 5)})
    assert (missing.status_code, len(places(missing))) == (400, 2)


def test_a_second_completion_and_a_closed_survey_are_refused(api: Api, survey: Survey, dana: Contact) -> None:
    url = f"surveys/{survey.pk}/answers/"
    assert api.post(url, {"contact": dana.pk, "answers": answers(survey, 5, 5, 5)}).status_code == 201
    assert api.post(url, {"contact": dana.pk, "answers": answers(survey, 1, 1, 1)}).status_code == 400
    Survey.objects.filter(pk=survey.pk).update(status="closed")
    refused = api.post(url, {"email": "new@new.test", "answers": answers(survey, 5, 5, 5)})
    assert (refused.status_code, places(refused)) == (400, ["non_field_errors"])
    assert not Contact.objects.filter(email="new@new.test").exists()


def test_another_business_s_survey_and_people_are_not_found(survey: Survey, dana: Contact) -> None:
    other = api_of(WorkspaceFactory(), secret="mk_other")
    theirs = make_satisfaction(other.key.workspace)
    assert other.get(f"surveys/{survey.pk}/").status_code == 404
    sent = other.post(f"surveys/{theirs.pk}/answers/", {"contact": dana.pk, "answers": answers(theirs, 5, 5, 5)})
    assert sent.status_code == 404


def test_answering_needs_the_scope_to_write(survey: Survey, dana: Contact) -> None:
    reader = api_of(survey.workspace, secret="mk_reads", scopes=["read"])
    body = {"contact": dana.pk, "answers": answers(survey, 5, 5, 5)}
    assert reader.post(f"surveys/{survey.pk}/answers/", body).status_code == 403
    assert reader.get(f"surveys/{survey.pk}/results/").status_code == 200


def test_sensitive_answers_are_not_read(api: Api, survey: Survey, dana: Contact) -> None:
    question = survey.questions.all()[2]
    type(question.field).objects.filter(pk=question.field_id).update(is_sensitive=True)
    sent = api.post(f"surveys/{survey.pk}/answers/", {"contact": dana.pk, "answers": answers(survey, 5, 5, 1)})
    assert str(question.pk) not in sent.json()["answers"]
