"""REST of automations."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from campaigns.automations import flow, moving
from campaigns.automations.models import Automation, Enrolment
from tests.conftest import Api, api_of
from tests.crm.factories import ContactFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
step = flow.new_step


def said(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return flow.empty() | {"triggers": [{"on": "event", "event": "order.placed"}], "steps": list(steps)} | more


@pytest.fixture
def made(api: Api) -> dict[str, Any]:
    flowed = said(step("tag", tag="חדש"), step("wait", amount=1))
    told = api.post("automations/", {"name": "ברוכים", "flow": flowed})
    assert told.status_code == 201, told.json()
    return told.json()


def places(refused: Any) -> list[str]:
    return [error["attr"] for error in refused.json()["errors"]]


def test_a_flow_goes_in_and_comes_out_the_same(api: Api, made: dict[str, Any]) -> None:
    told = api.get(f"automations/{made['id']}/").json()
    assert told["flow"] == Automation.objects.get().draft
    assert (told["status"], told["is_changed"], told["revision"]) == ("draft", True, 1)
    assert [row["id"] for row in api.get("automations/").json()["results"]] == [made["id"]]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"name": "", "flow": {}}, "name"),
        ({"name": "x", "flow": []}, "flow"),
        ({"name": "x", "flow": {"again": "never"}}, "flow.again"),
        ({"name": "x", "flow": {"steps": [{"type": "nonsense"}]}}, "flow.steps.0"),
        ({"name": "x", "flow": {"steps": [{"type": "wait", "amount": 0}]}}, "flow.steps.0.amount"),
        ({"name": "x", "flow": {"triggers": [{"on": "never"}]}}, "flow.triggers.0.on"),
    ],
)
def test_what_does_not_fit_is_told_by_its_place(api: Api, body: dict[str, Any], place: str) -> None:
    refused = api.post("automations/", body)
    assert refused.status_code == 400
    assert places(refused) == [place]
    assert not Automation.objects.exists()


def test_a_draft_is_changed_only_as_it_was_read(api: Api, made: dict[str, Any]) -> None:
    body = {"flow": made["flow"] | {"again": "once"}, "revision": 1, "name": "שם אחר"}
    told = api.patch(f"automations/{made['id']}/", body).json()
    assert (told["revision"], told["flow"]["again"], told["name"]) == (2, "once", "שם אחר")
    stale = api.patch(f"automations/{made['id']}/", body | {"name": "עוד שם"})
    assert stale.status_code == 400
    assert Automation.objects.get().name == "שם אחר"


def test_it_is_switched_on_paused_resumed_and_off(api: Api, made: dict[str, Any]) -> None:
    for verb, status in (("switch_on", "on"), ("pause", "paused"), ("resume", "on"), ("switch_off", "off")):
        told = api.post(f"automations/{made['id']}/{verb}/", {})
        assert (told.status_code, told.json()["status"]) == (200, status)
    refused = api.post(f"automations/{made['id']}/pause/", {})
    assert (refused.status_code, places(refused)) == (400, ["non_field_errors"])


def test_what_stands_in_the_way_of_switching_on_names_the_step(api: Api) -> None:
    bare = step("tag")
    made = api.post("automations/", {"name": "x", "flow": said(bare)}).json()
    assert places(api.post(f"automations/{made['id']}/switch_on/", {})) == [bare["id"]]


def test_people_are_let_in_once_for_an_occasion_and_their_trace_is_told(api: Api, made: dict[str, Any]) -> None:
    workspace = Automation.objects.get().workspace
    dana, stranger = ContactFactory(workspace=workspace), ContactFactory()
    path, body = f"automations/{made['id']}/enrol/", {"contacts": [dana.pk, stranger.pk], "occasion": "fair-26"}
    assert api.post(path, body).status_code == 400  # it is not running
    api.post(f"automations/{made['id']}/switch_on/", {})
    first, again = (api.post(path, body).json()["enrolments"] for _number in range(2))
    assert (len(first), again) == (1, [])
    moving.move(timezone.now(), until=10**9)
    told = api.get(f"enrolments/{first[0]}/").json()
    assert [(line["step"], line["outcome"]) for line in told["lines"]] == [(made["flow"]["steps"][0]["id"], "done")]
    assert told["standing"]
    counts = api.get(f"automations/{made['id']}/").json()["counts"]
    assert (counts["entered"], counts["active"]) == (1, 1)
    assert counts["steps"][made["flow"]["steps"][0]["id"]]["done"] == 1


def test_enrolments_are_listed_by_automation_contact_and_state(api: Api, made: dict[str, Any]) -> None:
    workspace = Automation.objects.get().workspace
    people = [ContactFactory(workspace=workspace) for _number in range(3)]
    api.post(f"automations/{made['id']}/switch_on/", {})
    ids = api.post(
        f"automations/{made['id']}/enrol/", {"contacts": [one.pk for one in people], "occasion": "a"}
    ).json()["enrolments"]
    assert api.post(f"enrolments/{ids[0]}/leave/", {}).json()["reason"] == "by_hand"

    def listed(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"enrolments/?{query}").json()["results"]]

    assert listed("") == sorted(ids, reverse=True)
    assert listed("state=left") == [ids[0]]
    assert listed(f"contact={people[1].pk}&automation={made['id']}") == [ids[1]]
    page = api.get("enrolments/?page_size=2").json()
    assert (len(page["results"]), bool(page["next"])) == (2, True)
    for query in ("state=nonsense", "contact=x", "automation=-1"):
        assert api.get(f"enrolments/?{query}").status_code == 400


def test_a_stuck_one_is_tried_again(api: Api, made: dict[str, Any]) -> None:
    api.post(f"automations/{made['id']}/switch_on/", {})
    dana = ContactFactory(workspace=Automation.objects.get().workspace)
    [pk] = api.post(f"automations/{made['id']}/enrol/", {"contacts": [dana.pk], "occasion": "a"}).json()["enrolments"]
    Enrolment.objects.update(state="stuck", due_at=None, trouble="x")
    assert api.post(f"enrolments/{pk}/again/", {}).json()["state"] == "active"


def test_those_of_others_are_not_there_and_a_key_for_reading_changes_nothing(api: Api, made: dict[str, Any]) -> None:
    other = api_of(WorkspaceFactory(), secret="mk_other")
    assert other.get(f"automations/{made['id']}/").status_code == 404
    reading = api_of(Automation.objects.get().workspace, secret="mk_reading", scopes=["read"])
    assert reading.get(f"automations/{made['id']}/").status_code == 200
    assert reading.post(f"automations/{made['id']}/switch_on/", {}).status_code == 403
