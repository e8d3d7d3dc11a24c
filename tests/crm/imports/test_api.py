"""A file over REST: in, planned, steered; faults with their places."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.imports.models import Import
from tests.conftest import api_of
from tests.crm.factories import WorkspaceFactory
from tests.crm.imports.making import HEADER, PEOPLE, csv_of

pytestmark = pytest.mark.django_db
PLAN = {
    "columns": [{"target": "full_name"}, {"target": "email", "policy": "fill"}, {"target": "phone"}],
    "consent": {"basis": "agreed", "channels": ["email"], "how": "at the fair"},
}


def send(api, content=csv_of([HEADER, *PEOPLE]), **said):  # noqa: B008
    raw = content if isinstance(content, bytes) else content.encode()
    return api.post("imports/", {"file": SimpleUploadedFile("people.csv", raw), **said}, format="multipart")


def faults(answer):
    return {each["attr"] for each in answer.json()["errors"]}


def test_a_file_with_its_plan_is_checked_at_once(api):
    answer = send(api, plan=json.dumps(PLAN))
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert (body["status"], body["headers"], body["layout"]["encoding"]) == ("checking", HEADER, "utf-8-sig")
    assert body["plan"]["columns"][1] == {"target": "email", "policy": "fill"}
    assert api.get(f"imports/{body['id']}/").json()["progress"] == 0
    assert api.get("imports/").json()["results"][0]["id"] == body["id"]


def test_a_file_without_a_plan_waits_and_suggests_one(api):
    pk = send(api).json()["id"]
    suggested = api.get(f"imports/{pk}/suggestion/").json()
    assert [column["target"] for column in suggested["columns"]] == ["full_name", "email", "phone"]
    answer = api.post(f"imports/{pk}/plan/", suggested)
    assert (answer.status_code, answer.json()["status"]) == (200, "checking")


def test_a_layout_overrules_what_is_found(api):
    answer = send(api, layout=json.dumps({"delimiter": ";", "header_row": 0}))
    assert len(answer.json()["headers"]) == 1
    assert faults(send(api, layout=json.dumps({"delimiter": "x"}))) == {"layout.delimiter"}


@pytest.mark.parametrize(
    ("plan", "place"),
    [
        ({"columns": [{"target": "f99999"}]}, "plan.columns.0.target"),
        ({"columns": [{"target": "email"}], "consent": {"basis": "agreed"}}, "plan.consent.channels"),
        ({"columns": [{"target": "email"}], "match": ["x"]}, "plan.match"),
        ({"columns": [{"target": "email"}], "lists": [99]}, "plan.lists"),
        ({}, "plan.columns"),
    ],
)
def test_faults_of_a_plan_have_their_places_and_keep_nothing(api, plan, place):
    answer = send(api, plan=json.dumps(plan))
    assert answer.status_code == 400
    assert place in faults(answer)
    assert not Import.objects.exists()


@pytest.mark.parametrize("plan", ["{", "[]", "null", "[" * 100_000])
def test_a_plan_that_is_no_json_is_told(api, plan):
    assert faults(send(api, plan=plan)) == {"plan"}


def test_what_cannot_be_read_is_refused(api):
    answer = send(api, b"%PDF-1.7")
    assert (answer.status_code, faults(answer)) == (400, {"file"})
    assert api.post("imports/", {"plan": "{}"}, format="multipart").status_code == 400
    assert api.post("imports/", {"file": "x"}).status_code == 415


def test_steering_out_of_turn_is_told(api):
    pk = send(api).json()["id"]
    for verb in ("start", "stop", "resume", "undo"):
        assert faults(api.post(f"imports/{pk}/{verb}/")) == {"status"}


def test_a_file_that_changed_nothing_may_be_forgotten(api):
    pk = send(api).json()["id"]
    assert api.delete(f"imports/{pk}/").status_code == 204
    assert not Import.objects.exists()


def test_the_imports_of_others_are_not_there(api):
    pk = send(api_of(WorkspaceFactory(), secret="mk_other")).json()["id"]
    assert api.get("imports/").json()["results"] == []
    for path in ("", "suggestion/", "rows/", "rejects/"):
        assert api.get(f"imports/{pk}/{path}").status_code == 404
    for verb in ("plan", "start", "stop", "resume", "undo"):
        assert api.post(f"imports/{pk}/{verb}/", {}).status_code == 404
