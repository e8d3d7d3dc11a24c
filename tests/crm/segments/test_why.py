"""The screens that say why somebody is in a segment, what it was over time, and what there is to start from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Segment, Workspace
from crm.rules import grammar
from crm.segments import drawing, ready, refreshing, sizes
from crm.segments.models import SegmentSize
from tests.crm.factories import ContactFactory, ListFactory, SegmentFactory
from tests.swaps import assert_swap_equals_reload

HOME = "/w/foam/segments/"
AT = {"field": "email", "op": "contains", "value": "@"}


def test_somebody_is_looked_for_and_explained(owner_client: Client, workspace: Workspace) -> None:
    dana = ContactFactory(workspace=workspace, first_name="דנה", email="dana@x.test")
    ContactFactory(workspace=workspace, first_name="אבי")
    row = ListFactory(workspace=workspace, name="חברות")
    segment = SegmentFactory(workspace=workspace, rule={"all": [AT, {"list": row.pk}]})
    found = assert_swap_equals_reload(owner_client, f"{HOME}{segment.pk}/why/?q=דנה", "why-people")
    assert f"{HOME}{segment.pk}/why/{dana.pk}/" in found
    assert "אבי" not in found
    page = owner_client.get(f"{HOME}{segment.pk}/why/{dana.pk}/").content.decode()
    assert page.count("m-why--no") == 2  # the group, and the list that Dana is not on
    assert "dana@x.test" in page
    assert "מעולם לא ברשימה" in page


def test_the_card_names_the_segments_of_the_person(owner_client: Client, workspace: Workspace) -> None:
    dana = ContactFactory(workspace=workspace)
    segment = SegmentFactory(workspace=workspace, name="יש מייל")
    card = f"/w/foam/contacts/{dana.pk}/"
    assert "לא נמצאים כרגע באף פלח" in owner_client.get(card).content.decode()
    refreshing.refresh(segment)
    page = owner_client.get(card).content.decode()
    assert f"{HOME}{segment.pk}/why/{dana.pk}/" in page


@pytest.mark.parametrize("one", ready.READY, ids=lambda one: one.key)
def test_every_ready_segment_is_a_plain_rule_that_can_be_adopted(
    owner_client: Client, workspace: Workspace, one: ready.Ready
) -> None:
    assert grammar.clean(one.rule, workspace) == one.rule
    assert f"?ready={one.key}" in owner_client.get(HOME).content.decode()
    page = owner_client.get(f"{HOME}new/", {"ready": one.key}).content.decode()
    assert f'value="{one.name}"' in page
    assert "m-rule--fault" not in page
    assert owner_client.get(f"{HOME}new/", {"ready": "nonsense"}).status_code == 200


def test_ready_segments_are_offered_where_nothing_was_begun(owner_client: Client) -> None:
    assert "?ready=" in owner_client.get(f"{HOME}new/").content.decode()
    assert "?ready=" not in owner_client.get(f"{HOME}new/?name=x").content.decode()


def test_the_size_is_noted_once_a_day_and_drawn(owner_client: Client, workspace: Workspace) -> None:
    segment = SegmentFactory(workspace=workspace)
    ContactFactory(workspace=workspace)
    refreshing.refresh(segment)
    sizes.note_all()
    assert list(segment.sizes.values_list("count", flat=True)) == [1]
    today = timezone.localdate(timezone=workspace.zone)
    yesterday = today - timedelta(days=1)
    assert "m-sizes__path" not in owner_client.get(f"{HOME}{segment.pk}/people/").content.decode()
    SegmentSize.objects.create(workspace=workspace, segment=segment, day=yesterday, count=3)
    page = owner_client.get(f"{HOME}{segment.pk}/people/").content.decode()
    assert "m-sizes__path" in page
    assert ">-2<" in page.replace("\u2212", "-")


def test_today_is_at_the_left_in_hebrew() -> None:
    days = [(date(2026, 5, 1), 0), (date(2026, 5, 2), 5), (date(2026, 5, 5), 10)]
    rtl, ltr = drawing.draw(days, rtl=True), drawing.draw(days, rtl=False)
    assert rtl
    assert ltr
    assert rtl.line == "M600.0,120.0L450.0,60.0L0.0,0.0"
    assert ltr.line == "M0.0,120.0L150.0,60.0L600.0,0.0"
    assert rtl.marks == (10, 5, 0)
    assert drawing.draw(days[:1], rtl=True) is None


@pytest.mark.parametrize(("most", "top"), [(0, 2), (2, 2), (3, 4), (9, 10), (11, 20), (21, 40), (99, 100), (101, 200)])
def test_the_scale_ends_at_a_round_number(most: int, top: int) -> None:
    assert drawing.ceiling(most) == top


def test_a_kept_segment_is_listed_without_being_counted(
    owner_client: Client, workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        refreshing.refresh(SegmentFactory(workspace=workspace))
    with django_assert_max_num_queries(14):
        assert owner_client.get(HOME).status_code == 200
    Segment.objects.update(refresh_at=timezone.now() - timedelta(hours=1))
    assert "m-late" in owner_client.get(HOME).content.decode()
