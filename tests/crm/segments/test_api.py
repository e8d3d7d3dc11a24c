from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from crm.models import Segment, Workspace
from crm.segments import refreshing
from tests.conftest import Api, api_of
from tests.crm.factories import ContactFactory, ListFactory, SegmentFactory, WorkspaceFactory

AT = {"field": "email", "op": "contains", "value": "@"}


def test_a_segment_is_made_read_changed_and_deleted(api: Api, workspace: Workspace) -> None:
    made = api.post("segments/", {"name": "With mail", "rule": {"all": [AT]}})
    assert made.status_code == 201, made.json()
    pk = made.json()["id"]
    assert api.get(f"segments/{pk}/").json()["rule"] == {"all": [AT]}
    assert "contains" in api.get(f"segments/{pk}/").json()["reading"]
    assert api.patch(f"segments/{pk}/", {"name": "Mail"}).json()["rule"] == {"all": [AT]}
    assert [row["name"] for row in api.get("segments/").json()["results"]] == ["Mail"]
    assert api.delete(f"segments/{pk}/").status_code == 204
    assert api.get(f"segments/{pk}/").status_code == 404


def test_its_people_and_their_number(api: Api, workspace: Workspace) -> None:
    dana = ContactFactory(workspace=workspace, email="dana@x.test")
    ContactFactory(workspace=workspace, with_phone_only=True)
    segment = SegmentFactory(workspace=workspace)
    assert api.get(f"segments/{segment.pk}/count/").json() == {"count": 1}
    people = api.get(f"segments/{segment.pk}/contacts/").json()["results"]
    assert [(row["id"], row["email"]) for row in people] == [(dana.pk, "dana@x.test")]


@pytest.mark.parametrize(
    ("rule", "attr"),
    [
        ({"all": [AT, {"field": "email", "op": "contains", "value": 3}]}, "rule.all.1.value"),
        ({"all": [{"nope": 1}]}, "rule.all.0"),
        ([], "rule"),
        ("x", "rule"),
        ({"all": [{"event": "custom.x", "times": [">=", "many"]}]}, "rule.all.0.times.1"),
    ],
)
def test_a_faulty_rule_is_told_with_its_path(api: Api, rule: Any, attr: str) -> None:
    answer = api.post("segments/", {"name": "x", "rule": rule})
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
    assert not Segment.objects.exists()


def test_a_faulty_name_and_a_circle_are_told(api: Api, workspace: Workspace) -> None:
    segment = SegmentFactory(workspace=workspace)
    taken = api.post("segments/", {"name": segment.name.upper()})
    assert (taken.status_code, taken.json()["errors"][0]["attr"]) == (400, "name")
    circle = api.patch(f"segments/{segment.pk}/", {"rule": {"all": [{"segment": segment.pk}]}})
    assert (circle.status_code, circle.json()["errors"][0]["attr"]) == (400, "rule")
    other = SegmentFactory(workspace=workspace, rule={"all": [{"segment": segment.pk}]})
    assert api.delete(f"segments/{segment.pk}/").status_code == 400
    assert api.delete(f"segments/{other.pk}/").status_code == 204


def test_another_business_neither_sees_nor_names_ours(api: Api, workspace: Workspace) -> None:
    segment, row = SegmentFactory(workspace=workspace), ListFactory(workspace=workspace)
    stranger = api_of(WorkspaceFactory(), secret="mk_other")
    for path in ("", "contacts/", "count/"):
        assert stranger.get(f"segments/{segment.pk}/{path}").status_code == 404
    assert stranger.patch(f"segments/{segment.pk}/", {"name": "x"}).status_code == 404
    for rule in ({"list": row.pk}, {"segment": segment.pk}):
        assert stranger.post("segments/", {"name": "x", "rule": rule}).status_code == 400


def test_a_key_that_reads_cannot_write(workspace: Workspace) -> None:
    reader = api_of(workspace, read_only=True)
    assert reader.get("segments/").status_code == 200
    assert reader.post("segments/", {"name": "x"}).status_code == 403


def test_the_kept_people_come_by_cursor_with_the_time_they_entered(api: Api, workspace: Workspace) -> None:
    people = [ContactFactory(workspace=workspace) for _ in range(3)]
    segment = SegmentFactory(workspace=workspace)
    assert api.get(f"segments/{segment.pk}/members/").json()["results"] == []
    refreshing.refresh(segment)
    first = api.get(f"segments/{segment.pk}/members/?page_size=2").json()
    assert [row["contact"] for row in first["results"]] == [people[2].pk, people[1].pk]
    assert api.get(f"segments/{segment.pk}/").json()["size"] == 3
    assert first["next"]
    assert api.get(f"segments/{segment.pk}/sizes/").json()["results"] == [
        {"day": str(timezone.localdate(timezone=workspace.zone)), "count": 3}
    ]


def test_why_is_told_condition_by_condition(api: Api, workspace: Workspace) -> None:
    dana = ContactFactory(workspace=workspace, email="dana@x.test")
    row = ListFactory(workspace=workspace)
    segment = SegmentFactory(workspace=workspace, rule={"all": [AT, {"any": [{"list": row.pk}]}]})
    told = api.get(f"segments/{segment.pk}/why/{dana.pk}/").json()
    assert (told["holds"], told["group"]) == (False, "all")
    email, either = told["members"]
    assert (email["holds"], email["found"], either["holds"]) == (True, "dana@x.test", False)
    for nobody in (ContactFactory().pk, "x", 10**30):
        assert api.get(f"segments/{segment.pk}/why/{nobody}/").status_code == 404
