from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from crm.models import Segment, User, Workspace
from tests.crm.factories import (
    ContactFactory,
    CustomFieldFactory,
    ListFactory,
    SegmentFactory,
    SegmentMemberFactory,
    TagFactory,
)
from tests.swaps import assert_swap_equals_reload

HOME = "/w/foam/segments/"
AT = {"field": "email", "op": "contains", "value": "@"}


def test_the_list_says_each_segment_in_words_and_how_many_are_in_it(owner_client: Client, workspace: Workspace) -> None:
    ContactFactory(workspace=workspace)
    ContactFactory(workspace=workspace, with_phone_only=True)
    SegmentFactory(workspace=workspace, name="יש מייל", rule={"all": [AT]})
    fixed = SegmentMemberFactory(contact=ContactFactory(workspace=workspace)).segment
    SegmentFactory(name="של אחרים")
    body = assert_swap_equals_reload(owner_client, HOME, "segment-results")
    assert "יש מייל" in body
    assert fixed.name in body
    assert "מכיל" in body
    assert ">2</a>" in body
    assert "של אחרים" not in body
    assert "יש מייל" not in assert_swap_equals_reload(owner_client, HOME + "?q=xyz", "segment-results")


def test_a_longer_list_costs_no_more_statements(
    owner_client: Client, workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    field = CustomFieldFactory(workspace=workspace).storage_key
    tag, row = TagFactory(workspace=workspace), ListFactory(workspace=workspace)
    rule = {"all": [{"field": field, "op": "filled"}, {"tag": tag.name}, {"list": row.pk}]}
    for _ in range(12):
        first = SegmentFactory(workspace=workspace, rule=rule)
        SegmentFactory(workspace=workspace, rule={"none": [{"segment": first.pk}]})
    with django_assert_max_num_queries(17):
        assert owner_client.get(HOME).status_code == 200


def test_a_segment_is_made_in_the_builder(owner_client: Client, workspace: Workspace, owner: User) -> None:
    ContactFactory(workspace=workspace, email="dana@x.test")
    assert owner_client.get(HOME + "new/").status_code == 200
    data = {"name": "דנה", "rule": json.dumps({"all": [{}]}), "rule-r0-what": "field:email"}
    drawn = owner_client.post(HOME + "new/", data)
    assert drawn.status_code == 422
    assert b'id="rule-r0-fault"' in drawn.content
    rule = json.dumps({"all": [{"field": "email", "op": "contains", "value": None}]})
    saved = owner_client.post(HOME + "new/", data | {"rule": rule, "rule-r0-op": "contains", "rule-r0-value": "dana"})
    segment = Segment.objects.get()
    assert saved.url == f"{HOME}{segment.pk}/people/"
    assert segment.rule == {"all": [AT | {"value": "dana"}]}
    assert segment.created_by == owner
    assert "dana@x.test" in owner_client.get(saved.url).content.decode()


def test_a_rule_from_another_screen_fills_the_builder(owner_client: Client) -> None:
    page = owner_client.get(HOME + "new/", {"rule": json.dumps({"all": [AT]}), "name": "מיילים"})
    assert 'value="@"' in page.content.decode()
    assert 'value="מיילים"' in page.content.decode()
    for nonsense in ("{", "[1]", '{"all": 3}', "[" * 5000, '{"field": {"a": 1}}'):
        assert owner_client.get(HOME + "new/", {"rule": nonsense}).status_code == 200


def test_editing_changes_name_and_rule_and_a_fixed_segment_its_name_only(
    owner_client: Client, workspace: Workspace
) -> None:
    segment = SegmentFactory(workspace=workspace)
    assert owner_client.get(f"{HOME}{segment.pk}/").status_code == 200
    owner_client.post(f"{HOME}{segment.pk}/", {"name": "אחר", "rule": json.dumps({"none": [AT]})})
    segment.refresh_from_db()
    assert (segment.name, segment.rule) == ("אחר", {"none": [AT]})
    fixed = SegmentFactory(workspace=workspace, fixed=True, rule={})
    assert "rule-builder" not in owner_client.get(f"{HOME}{fixed.pk}/").content.decode()
    owner_client.post(f"{HOME}{fixed.pk}/", {"name": "חדש", "rule": json.dumps({"none": [AT]})})
    fixed.refresh_from_db()
    assert (fixed.name, fixed.rule) == ("חדש", {})


def test_a_taken_name_and_a_circle_are_told_on_the_form(owner_client: Client, workspace: Workspace) -> None:
    first, second = SegmentFactory(workspace=workspace), SegmentFactory(workspace=workspace)
    taken = owner_client.post(f"{HOME}{first.pk}/", {"name": second.name, "rule": "{}"})
    assert taken.status_code == 422
    assert "כבר יש פלח בשם הזה" in taken.content.decode()
    circle = owner_client.post(
        f"{HOME}{first.pk}/", {"name": "x", "rule": json.dumps({"all": [{"segment": first.pk}]})}
    )
    assert circle.status_code == 422
    assert "תלוי בעצמו" in circle.content.decode()


def test_a_deleted_segment_can_be_brought_back(owner_client: Client, workspace: Workspace) -> None:
    segment = SegmentFactory(workspace=workspace, name="יש מייל")
    page = owner_client.post(f"{HOME}{segment.pk}/delete/", follow=True)
    assert f"{HOME}{segment.pk}/restore/" in page.content.decode()
    assert owner_client.get(f"{HOME}{segment.pk}/people/").status_code == 404
    owner_client.post(f"{HOME}{segment.pk}/restore/")
    assert owner_client.get(f"{HOME}{segment.pk}/people/").status_code == 200


def test_a_segment_in_use_says_by_whom_instead_of_going(owner_client: Client, workspace: Workspace) -> None:
    used = SegmentFactory(workspace=workspace)
    SegmentFactory(workspace=workspace, name="תלוי", rule={"all": [{"segment": used.pk}]})
    assert "תלוי" in owner_client.post(f"{HOME}{used.pk}/delete/", follow=True).content.decode()
    used.refresh_from_db()
    assert used.deleted_at is None


def test_duplicating_opens_the_twin(owner_client: Client, workspace: Workspace) -> None:
    segment = SegmentFactory(workspace=workspace)
    assert owner_client.post(f"{HOME}{segment.pk}/duplicate/", follow=True).status_code == 200
    assert Segment.objects.count() == 2


def test_a_few_of_the_people_are_shown_while_building(owner_client: Client, workspace: Workspace) -> None:
    for number in range(5):
        ContactFactory(workspace=workspace, email=f"p{number}@x.test", first_name="")
    ContactFactory(email="foreign@x.test")
    body = owner_client.post(HOME + "sample/", {"rule": json.dumps({"all": [AT, {}]})}).content.decode()
    assert body.count('class="m-row"') == 3
    assert "foreign" not in body


def test_the_people_of_a_segment_swap_as_they_reload(owner_client: Client, workspace: Workspace) -> None:
    for _ in range(55):
        ContactFactory(workspace=workspace)
    segment = SegmentFactory(workspace=workspace)
    assert_swap_equals_reload(owner_client, f"{HOME}{segment.pk}/people/?page=2", "segment-people")


@pytest.mark.parametrize("path", ["", "people/", "duplicate/", "delete/", "restore/"])
def test_segments_of_another_business_are_not_found(owner_client: Client, path: str) -> None:
    foreign = SegmentFactory()
    before = Segment.objects.filter(pk=foreign.pk).values().get()
    assert owner_client.get(f"{HOME}{foreign.pk}/{path}").status_code in (404, 405)
    assert owner_client.post(f"{HOME}{foreign.pk}/{path}", {"name": "x"}).status_code in (404, 405)
    assert Segment.objects.filter(pk=foreign.pk).values().get() == before


def test_an_analyst_reads_but_changes_nothing(client_as: Any, analyst: User, workspace: Workspace) -> None:
    client, segment = client_as(analyst), SegmentFactory(workspace=workspace)
    assert client.get(HOME).status_code == 200
    assert client.get(f"{HOME}{segment.pk}/people/").status_code == 200
    for path in ("new/", f"{segment.pk}/", f"{segment.pk}/delete/", f"{segment.pk}/duplicate/"):
        assert client.post(HOME + path).status_code == 403
