"""The builder: every edit saves the draft, tells what is wrong where it is, and never overwrites what somebody else did."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from campaigns.automations import flow, switching
from campaigns.automations.models import Automation
from crm.models import Workspace
from tests.campaigns.automations.making import START, step
from tests.crm.factories import ListFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def automation(workspace: Workspace) -> Automation:
    paths = step(
        "branch", paths=[{"name": "גבוה", "rule": {"all": [{"tag": "x"}]}, "steps": [step("stop")]}, {"rule": {}}]
    )
    said = flow.empty() | {"steps": [step("wait", amount=2), paths, step("tag", tag="סוף")]}
    workspace.tags.create(name="x")
    return switching.create(workspace, name="תהליך", draft=said, by=None)


def at(automation: Automation, rest: str = "") -> str:
    return f"/w/foam/automations/{automation.pk}/{rest}"


def now(automation: Automation) -> dict[str, Any]:
    automation.refresh_from_db()
    return automation.draft


def post(client: Client, automation: Automation, rest: str, **said: Any) -> Any:
    automation.refresh_from_db()
    return client.post(at(automation, rest), {"revision": automation.revision, **said}, headers=HTMX)


def types(steps: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in steps]


def test_a_card_says_what_a_step_does_and_opens_it(owner_client: Client, automation: Automation) -> None:
    wait = now(automation)["steps"][0]["id"]
    page = owner_client.get(at(automation)).content.decode()
    assert f'id="step-{wait}"' in page
    assert f"?open={wait}" in page
    opened = owner_client.get(at(automation), {"open": wait}).content.decode()
    assert 'name="amount" value="2"' in opened


def test_a_step_is_added_where_the_plus_stood(owner_client: Client, automation: Automation) -> None:
    branch = now(automation)["steps"][1]
    path = branch["paths"][0]["id"]
    response = post(owner_client, automation, "steps/new/", type="tag", at=path)
    assert types(now(automation)["steps"][1]["paths"][0]["steps"]) == ["tag", "stop"]
    assert "HX-Replace-Url" in response.headers
    post(owner_client, automation, "steps/new/", type="wait", at="start")
    post(owner_client, automation, "steps/new/", type="stop", at=now(automation)["steps"][-1]["id"])
    assert types(now(automation)["steps"]) == ["wait", "wait", "branch", "tag", "stop"]


def test_a_place_that_is_gone_says_so_and_adds_nothing(owner_client: Client, automation: Automation) -> None:
    before = now(automation)
    response = post(owner_client, automation, "steps/new/", type="tag", at="zzzzzzzz")
    assert response.status_code == 200
    assert now(automation) == before


def test_settings_are_saved_and_faults_are_told_beside_the_field(owner_client: Client, automation: Automation) -> None:
    wait = now(automation)["steps"][0]["id"]
    assert post(owner_client, automation, f"steps/{wait}/", amount=5, unit="hours").status_code == 200
    assert now(automation)["steps"][0] | {"id": ""} == {"id": "", "type": "wait", "amount": 5, "unit": "hours"}
    refused = post(owner_client, automation, f"steps/{wait}/", amount=900, unit="weeks")
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.content.decode()
    assert now(automation)["steps"][0]["amount"] == 5


def test_who_comes_with_an_old_revision_overwrites_nothing(owner_client: Client, automation: Automation) -> None:
    wait = now(automation)["steps"][0]["id"]
    old = automation.revision
    post(owner_client, automation, f"steps/{wait}/", amount=5, unit="hours")
    answer = owner_client.post(
        at(automation, f"steps/{wait}/"), {"revision": old, "amount": 9, "unit": "days"}, headers=HTMX
    )
    assert answer.status_code == 200
    assert now(automation)["steps"][0]["amount"] == 5
    assert 'name="amount" value="5"' in answer.content.decode()


def test_without_htmx_an_edit_leads_back_to_the_page(owner_client: Client, automation: Automation) -> None:
    wait = now(automation)["steps"][0]["id"]
    answer = owner_client.post(at(automation, f"steps/{wait}/duplicate/"), {"revision": automation.revision})
    assert answer.status_code == 302
    assert types(now(automation)["steps"])[:2] == ["wait", "wait"]
    assert now(automation)["steps"][0]["id"] != now(automation)["steps"][1]["id"]


def test_a_step_moves_by_keyboard_and_comes_out_of_its_path(owner_client: Client, automation: Automation) -> None:
    steps = now(automation)["steps"]
    stop, tag = steps[1]["paths"][0]["steps"][0]["id"], steps[2]["id"]
    post(owner_client, automation, f"steps/{tag}/move/", direction="up")
    assert types(now(automation)["steps"]) == ["wait", "tag", "branch"]
    post(owner_client, automation, f"steps/{stop}/move/", direction="down")
    assert types(now(automation)["steps"]) == ["wait", "tag", "branch", "stop"]
    assert post(owner_client, automation, f"steps/{tag}/move/", direction="sideways").status_code == 400


def test_what_was_taken_out_comes_back_with_all_its_paths(owner_client: Client, automation: Automation) -> None:
    before, branch = now(automation), now(automation)["steps"][1]["id"]
    post(owner_client, automation, f"steps/{branch}/delete/")
    assert types(now(automation)["steps"]) == ["wait", "tag"]
    owner_client.post(at(automation, f"steps/{branch}/restore/"))
    assert now(automation) == before


def test_a_path_is_named_ruled_moved_and_taken_out(
    owner_client: Client, automation: Automation, workspace: Workspace
) -> None:
    branch = now(automation)["steps"][1]
    listed = ListFactory(workspace=workspace)
    post(owner_client, automation, f"steps/{branch['id']}/paths/")
    added = now(automation)["steps"][1]["paths"][1]  # before the one for everybody else
    rule = json.dumps({"all": [{"list": listed.pk}]})
    post(owner_client, automation, f"paths/{added['id']}/", name="ברשימה", path=rule)
    path = now(automation)["steps"][1]["paths"][1]
    assert (path["name"], path["rule"]) == ("ברשימה", {"all": [{"list": listed.pk}]})
    post(owner_client, automation, f"paths/{added['id']}/move/", direction="earlier")
    assert now(automation)["steps"][1]["paths"][0]["id"] == added["id"]
    before = now(automation)
    post(owner_client, automation, f"paths/{added['id']}/delete/")
    assert len(now(automation)["steps"][1]["paths"]) == 2
    owner_client.post(at(automation, f"steps/{branch['id']}/restore/"))
    assert now(automation) == before


def test_the_parts_of_a_split_are_written_together(owner_client: Client, automation: Automation) -> None:
    post(owner_client, automation, "steps/new/", type="split", at="start")
    split = now(automation)["steps"][0]
    said = {f"percent-{path['id']}": percent for path, percent in zip(split["paths"], (30, 60), strict=True)}
    answer = post(owner_client, automation, f"steps/{split['id']}/", **said)
    assert [path["percent"] for path in now(automation)["steps"][0]["paths"]] == [30, 60]
    assert "90%" in answer.content.decode()  # and that they should be a hundred


def test_choosing_a_field_offers_its_values_and_saves_nothing(
    owner_client: Client, automation: Automation, workspace: Workspace
) -> None:
    from tests.crm.factories import CustomFieldFactory

    field = CustomFieldFactory(workspace=workspace, label="גיל", number=True)
    post(owner_client, automation, "steps/new/", type="set", at="start")
    one = now(automation)["steps"][0]["id"]
    drawn = post(owner_client, automation, f"steps/{one}/", redraw=1, field=field.storage_key)
    assert 'name="value"' in drawn.content.decode()
    assert now(automation)["steps"][0]["field"] is None
    post(owner_client, automation, f"steps/{one}/", field=field.storage_key, value="42")
    assert now(automation)["steps"][0]["value"] == 42


def test_what_starts_it_is_chosen_step_by_step(
    owner_client: Client, automation: Automation, workspace: Workspace
) -> None:
    listed = ListFactory(workspace=workspace, name="ניוזלטר")
    drawn = post(owner_client, automation, "triggers/0/", on="event", event="list.joined", redraw=1)
    assert "ניוזלטר" in drawn.content.decode()
    assert now(automation)["triggers"] == []
    post(owner_client, automation, "triggers/0/", on="event", event="list.joined", subject=listed.pk)
    assert now(automation)["triggers"] == [{"on": "event", "event": "list.joined", "subject": listed.pk}]
    post(
        owner_client,
        automation,
        "triggers/0/",
        **{"on": "event", "event": "tag.added", "was-event": "list.joined", "subject": listed.pk},
    )
    assert now(automation)["triggers"] == [{"on": "event", "event": "tag.added"}]
    post(owner_client, automation, "triggers/0/delete/")
    assert now(automation)["triggers"] == []


def test_a_trigger_without_a_choice_says_what_is_missing(owner_client: Client, automation: Automation) -> None:
    answer = post(owner_client, automation, "triggers/0/", on="event", event="")
    assert answer.status_code == 422
    assert "m-error" in answer.content.decode()
    assert owner_client.post(at(automation, "triggers/7/"), {"on": "event"}).status_code == 404


def test_who_may_enter_the_goal_and_again_are_one_form(owner_client: Client, automation: Automation) -> None:
    rule = json.dumps({"all": [{"tag": "x"}]})
    post(owner_client, automation, "entry/", entry=rule, goal="{}", again="once")
    assert now(automation)["rule"] == {"all": [{"tag": "x"}]}
    assert now(automation)["again"] == "once"
    refused = post(owner_client, automation, "entry/", entry="{}", goal="{}", again="never")
    assert refused.status_code == 422


def test_an_analyst_looks_and_changes_nothing(client_as: Any, analyst: Any, automation: Automation) -> None:
    client, wait = client_as(analyst), now(automation)["steps"][0]["id"]
    page = client.get(at(automation), {"open": wait})
    assert page.status_code == 200
    assert "<form" not in page.content.decode().split('id="automation-builder"')[1].split("</main>")[0]
    assert client.post(at(automation, f"steps/{wait}/"), {"amount": 1, "unit": "days"}).status_code == 403


@pytest.mark.parametrize(
    "open", ["", "nonsense", "trigger-", "trigger-99", "add-zzzzzzzz", "\0", "on", "off", "name", "entry"]
)
def test_whatever_the_address_asks_to_open_is_a_page(owner_client: Client, automation: Automation, open: str) -> None:
    assert owner_client.get(at(automation), {"open": open}).status_code == 200


def test_what_runs_stays_until_the_changes_are_switched_on(owner_client: Client, automation: Automation) -> None:
    switching.switch_on(automation, now=START)
    wait = now(automation)["steps"][0]["id"]
    answer = post(owner_client, automation, f"steps/{wait}/", amount=7, unit="days")
    automation.refresh_from_db()
    assert automation.version is not None
    assert automation.version.flow["steps"][0]["amount"] == 2
    assert "?open=on" in answer.content.decode()


@pytest.mark.parametrize("kind", ["step", "path", "entry", "add-start", "name", "nonsense\n"])
def test_what_opened_the_side_gets_the_keyboard_back(owner_client: Client, workspace: Workspace, kind: str) -> None:
    draft = flow.empty() | {"steps": [step("branch", paths=[{}, {}])]}
    automation = switching.create(workspace, name="תהליך", draft=draft, by=None)
    [kept] = automation.draft["steps"]
    opened = {"step": kept["id"], "path": kept["paths"][0]["id"]}.get(kind, kind)
    url = f"http://testserver{at(automation)}?{urlencode({'open': opened})}"
    answer = owner_client.get(at(automation), headers={"HX-Request": "true", "HX-Current-URL": url})
    place = {"step": f"step-{opened}", "path": f"path-{opened}", "name": "rename"}.get(kind, kind)
    assert json.loads(answer["HX-Trigger-After-Settle"]) == {"place:focus": place}
    assert kind.isprintable() is (f'id="{place}"' in answer.content.decode())
