"""A personal survey on a landing page: its answers and scores are those of the survey, by its own block or by a plain form."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from campaigns.content import blocks
from campaigns.pages import serving
from campaigns.pages.publishing import publish
from crm.models import Contact, Workspace
from surveys.models import Response, ScoreResult, Survey
from tests.campaigns.factories import DocumentFactory, block
from tests.campaigns.pages.factories import LandingPageFactory
from tests.crm.factories import MembershipFactory, WorkspaceFactory
from tests.surveys.browsing import Person
from tests.surveys.factories import make_satisfaction, make_survey


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace)


def page_of(workspace: Workspace, *made: dict[str, Any]) -> str:
    document = DocumentFactory(workspace=workspace, blocks=list(made))
    thanks = {"thanks__blocks": [block("heading", text="תודה")]}
    page = LandingPageFactory(workspace=workspace, slug="asked", document=document, **thanks)
    serving.forget()
    publish(page, by=MembershipFactory(workspace=workspace).user)
    return f"/p/{workspace.slug}/asked/"


def ids(survey: Survey) -> list[int]:
    return list(survey.questions.values_list("pk", flat=True))


def test_a_survey_is_answered_on_a_page_and_scores(workspace: Workspace, survey: Survey) -> None:
    person = Person()
    person.open(page_of(workspace, block("heading", text="איך היה?"), block("survey", survey=survey.pk)))
    assert person.action == f"/s/{survey.code}/"
    person.send(dict(zip(ids(survey), (5, 5, 1), strict=True)), email="dana@example.test")
    assert Response.objects.get().contact.email == "dana@example.test"
    assert (ScoreResult.objects.get().value, ScoreResult.objects.get().band) == (11, "גבוה")


def test_what_is_wrong_is_shown_on_the_survey_itself(workspace: Workspace, survey: Survey) -> None:
    person = Person()
    person.open(page_of(workspace, block("survey", survey=survey.pk)))
    assert person.send(dict(zip(ids(survey), (5, 5), strict=False)), email="dana@example.test").status_code == 422
    assert person.send(dict(zip(ids(survey), (5, 5, 1), strict=True)), email="dana@example.test").status_code == 303
    assert Response.objects.get().is_complete


def test_a_button_of_a_page_leads_to_the_survey(workspace: Workspace, survey: Survey) -> None:
    page = Client().get(page_of(workspace, block("button", text="לסקר", link=f"survey:{survey.pk}"))).content.decode()
    assert re.search(rf'href="[^"]*/s/{survey.code}/"', page)


def test_only_a_personal_survey_of_this_business_that_asks_who_may_stand_on_a_page(workspace: Workspace) -> None:
    kind = blocks.get("survey")
    mine = make_survey(workspace, "rating", kind="identified")
    refused = [
        make_survey(workspace, "rating", kind="anonymous"),
        make_survey(workspace, "rating", kind="identified", access="invited"),
        make_survey(WorkspaceFactory(), "rating", kind="identified"),
    ]
    assert kind.clean({"survey": mine.pk}, workspace)["survey"] == mine.pk
    for survey in refused:
        with pytest.raises(ValidationError):
            kind.clean({"survey": survey.pk}, workspace)
    for wrong in (True, "x", [], {}, -1, 2**70):
        with pytest.raises(ValidationError):
            kind.clean({"survey": wrong}, workspace)


def test_a_plain_form_of_the_same_fields_gives_the_same_card(workspace: Workspace, survey: Survey) -> None:
    fields = [question.field for question in survey.questions.all()]
    asked = [{"field": "email", "required": True}, *({"field": f.storage_key, "required": True} for f in fields if f)]
    address = page_of(workspace, block("form", button="שליחה", questions=asked))
    page = Client().get(address).content.decode()
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)
    block_id = re.search(r'name="block" value="([^"]+)"', page)
    assert stamp
    assert block_id
    said = {f.storage_key: 4 for f in fields if f}
    body = {"stamp": stamp[1], "block": block_id[1], "email": "gil@example.test", **said}
    assert Client().post(address, body).status_code == 303
    values = Contact.objects.get(email="gil@example.test").values
    assert {key: values[key] for key in said} == said
