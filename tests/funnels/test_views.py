from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Contact, Segment, Workspace
from crm.timeline.recording import record
from funnels.models import Funnel
from funnels.ready import READY
from tests.conftest import Api
from tests.crm.factories import ContactFactory, SegmentFactory, VisitorFactory
from tests.funnels.factories import funnel_of


@pytest.fixture
def funnel(workspace: Workspace) -> Funnel:
    """Three people came, one of them bought; two visitors nobody knows came too."""
    funnel = funnel_of(["custom.came", "order.placed"], workspace=workspace)
    now = timezone.now()
    for contact in ContactFactory.create_batch(3, workspace=workspace):
        record(workspace, "custom.came", contact=contact, occurred_at=now - timedelta(days=2), source="google")
    record(workspace, "order.placed", contact=contact, occurred_at=now - timedelta(days=1))
    for visitor in VisitorFactory.create_batch(2, workspace=workspace):
        record(workspace, "custom.came", visitor=visitor, occurred_at=now - timedelta(days=2))
    return funnel


@pytest.mark.parametrize("model", READY, ids=lambda model: model.key)
def test_every_ready_model_becomes_a_funnel_whose_report_opens(
    model: object, owner_client: Client, workspace: Workspace
) -> None:
    answer = owner_client.post("/w/foam/funnels/new/", {"name": "משפך", "model": model.key})  # type: ignore[attr-defined]
    funnel = Funnel.objects.get()
    assert answer.headers["Location"] == f"/w/foam/funnels/{funnel.pk}/stages/"
    assert funnel.stages.count() == len(model.stages)  # type: ignore[attr-defined]
    assert owner_client.get(f"/w/foam/funnels/{funnel.pk}/").status_code == 200
    assert owner_client.get(answer.headers["Location"]).status_code == 200


def test_the_report_says_its_numbers_and_every_number_opens_its_people(owner_client: Client, funnel: Funnel) -> None:
    page = owner_client.get(f"/w/foam/funnels/{funnel.pk}/").content.decode()
    assert f"/w/foam/funnels/{funnel.pk}/people/?stage=0&amp;days=365" in page
    people = owner_client.get(f"/w/foam/funnels/{funnel.pk}/people/?stage=0").context["people"]
    assert (len(people.contacts), people.unknown, len(people)) == (3, 2, 5)
    dropped = owner_client.get(f"/w/foam/funnels/{funnel.pk}/people/?stage=1&which=dropped").context["people"]
    assert (len(dropped.contacts), dropped.unknown) == (2, 2)
    from_google = owner_client.get(f"/w/foam/funnels/{funnel.pk}/people/?stage=0&by=source&value=google")
    assert len(from_google.context["people"]) == 3


@pytest.mark.parametrize("query", ["", "stage=9", "stage=x", "stage=-1", "stage=²", f"stage={'9' * 5000}"])
def test_a_number_that_is_not_there_opens_nothing(query: str, owner_client: Client, funnel: Funnel) -> None:
    assert owner_client.get(f"/w/foam/funnels/{funnel.pk}/people/?{query}").status_code == 404


def test_the_people_behind_a_number_become_a_segment(owner_client: Client, funnel: Funnel) -> None:
    answer = owner_client.post(f"/w/foam/funnels/{funnel.pk}/segment/?stage=1&which=dropped")
    segment = Segment.objects.get()
    assert segment.is_fixed
    assert segment.members.count() == 2
    assert answer.headers["Location"] == f"/w/foam/segments/{segment.pk}/people/"
    assert owner_client.get(answer.headers["Location"]).status_code == 200


def test_saving_the_same_people_again_numbers_the_segment(owner_client: Client, funnel: Funnel) -> None:
    Funnel.objects.update(name="א" * 100)
    for _time in range(2):
        assert owner_client.post(f"/w/foam/funnels/{funnel.pk}/segment/?stage=0").status_code == 302
    names = list(Segment.objects.order_by("pk").values_list("name", flat=True))
    assert names[1] == f"{names[0][:94]} (2)"


def test_a_rule_that_rest_gave_is_shown_in_words_and_outlives_the_editor(
    api: Api, owner_client: Client, workspace: Workspace
) -> None:
    rule = {"any": [{"field": "first_name", "op": "contains", "value": "דנה"}, {"known": True}]}
    stages = [{"name": "באו", "matches": [{"kind": "page.viewed", "rule": rule}]}]
    pk = api.post("funnels/", {"name": "משפך", "stages": stages}).json()["id"]
    url = f"/w/foam/funnels/{pk}/stages/"
    page = owner_client.get(url)
    assert "דנה" in page.content.decode()
    shown = page.context["stages"].rows[0].matches[0].rule_text
    fields = {"name": "משפך", "window_days": "", "stage-0-name": "באו", "stage-0-match-0-kind": "page.viewed"}
    assert owner_client.post(url, fields | {"stage-0-match-0-rule": shown}).status_code == 302
    kept = Funnel.objects.get().stages.get().matches[0]["rule"]
    assert kept["any"][0]["value"] == "דנה"
    owner_client.post(url, fields | {"stage-0-match-0-rule": shown, "stage-0-match-0-segment": "everybody"})
    assert "rule" not in Funnel.objects.get().stages.get().matches[0]
    for broken in ('{"all": [{"list": 999}]}', "[" * 90_000, '{"any": 5}', '"x"'):
        draft = fields | {"stage-0-match-0-rule": broken, "action": "redraw"}
        assert owner_client.post(url, draft).status_code == 200
    refused = owner_client.post(url, fields | {"stage-0-match-0-rule": '{"any": 5}'})
    assert refused.status_code == 422


def test_stages_are_edited_without_a_script(owner_client: Client, funnel: Funnel, workspace: Workspace) -> None:
    segment = SegmentFactory(workspace=workspace)
    url = f"/w/foam/funnels/{funnel.pk}/stages/"
    rows = {
        "name": "חדש",
        "window_days": "90",
        "stage-0-name": "באו",
        "stage-0-match-0-kind": "custom.came",
        "stage-1-name": "קנו",
        "stage-1-optional": "on",
        "stage-1-match-0-kind": "order.placed",
        "stage-1-match-0-segment": str(segment.pk),
    }
    moved = owner_client.post(url, rows | {"action": "up:1"}).content.decode()
    assert moved.index('value="קנו"') < moved.index('value="באו"')
    assert funnel.stages.first().name == "s0"  # nothing is saved by moving
    assert owner_client.post(url, rows).status_code == 302
    funnel.refresh_from_db()
    saved = list(funnel.stages.values_list("name", "is_optional", "matches"))
    assert (funnel.name, funnel.window_days) == ("חדש", 90)
    assert saved == [
        ("באו", False, [{"kind": "custom.came"}]),
        ("קנו", True, [{"kind": "order.placed", "rule": {"all": [{"segment": segment.pk}]}}]),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"stage-0-name": ""},
        {"stage-0-name": "x" * 61},
        {"stage-0-match-0-kind": "no.such.kind"},
        {"stage-0-match-0-segment": "999999"},
        {"name": ""},
        {"window_days": "7000"},
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(
    broken: dict[str, str], owner_client: Client, funnel: Funnel
) -> None:
    rows = {"name": "x", "window_days": "30", "stage-0-name": "באו", "stage-0-match-0-kind": "custom.came"}
    answer = owner_client.post(f"/w/foam/funnels/{funnel.pk}/stages/", rows | broken)
    assert answer.status_code == 422
    funnel.refresh_from_db()
    assert [stage.name for stage in funnel.stages.all()] == ["s0", "s1"]
    assert funnel.name != "x"


def test_a_deleted_funnel_is_gone_and_comes_back(owner_client: Client, funnel: Funnel) -> None:
    owner_client.post(f"/w/foam/funnels/{funnel.pk}/delete/")
    assert owner_client.get(f"/w/foam/funnels/{funnel.pk}/").status_code == 404
    owner_client.post(f"/w/foam/funnels/{funnel.pk}/restore/")
    assert owner_client.get(f"/w/foam/funnels/{funnel.pk}/").status_code == 200


def test_rest_makes_a_funnel_and_counts_it_as_the_screen_does(api: Api, funnel: Funnel) -> None:
    body = {
        "name": "REST",
        "window_days": None,
        "stages": [
            {"name": "came", "matches": [{"kind": "custom.came"}]},
            {"name": "bought", "matches": [{"kind": "order.placed"}]},
        ],
    }
    made = api.post("funnels/", body)
    assert made.status_code == 201, made.content
    counted = api.get(f"funnels/{made.data['id']}/report/?days=30").data
    assert [(stage["people"], stage["dropped"]) for stage in counted["stages"]] == [(5, 0), (1, 4)]


def test_rest_names_the_place_of_a_fault(api: Api) -> None:
    body = {"name": "x", "stages": [{"name": "came", "matches": [{"kind": "no.such"}]}]}
    answer = api.post("funnels/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"].startswith("stages.0.matches")
    assert not Funnel.objects.exists()


def test_people_nobody_knows_are_told_apart(owner_client: Client, funnel: Funnel) -> None:
    Contact.objects.all().update(deleted_at=timezone.now())
    people = owner_client.get(f"/w/foam/funnels/{funnel.pk}/people/?stage=0")
    assert (people.context["people"].contacts, people.context["people"].unknown) == ([], 2)
    assert people.status_code == 200
