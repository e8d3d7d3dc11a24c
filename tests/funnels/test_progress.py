from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.models import Contact, Visitor, Workspace
from crm.timeline.models import Verdict
from crm.timeline.recording import record
from funnels.progress import Progress, Range, breakdown, count, progress
from tests.crm.factories import ContactFactory, IdentityEdgeFactory, VisitorFactory, WorkspaceFactory
from tests.funnels.factories import funnel_of

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
YEAR = Range(NOW - timedelta(days=365), NOW)
CAME, SENT, BOUGHT = "custom.came", "custom.sent", "order.placed"


def happened(workspace: Workspace, kind: str, *, days_ago: float, **fields: Any) -> None:
    record(workspace, kind, occurred_at=NOW - timedelta(days=days_ago), **fields)


def people(workspace: Workspace, kinds: list[Any], span: Range = YEAR, **fields: Any) -> Progress:
    return progress(funnel_of(kinds, workspace=workspace, **fields), span, now=NOW)


def numbers(walked: Progress) -> list[int]:
    return [len(walked.reached(stage)) for stage in range(walked.course.stages)]


def test_a_visitor_and_the_contact_they_turned_out_to_be_are_one_person(workspace: Workspace) -> None:
    visitor: Visitor = VisitorFactory(workspace=workspace)
    contact: Contact = ContactFactory(workspace=workspace)
    happened(workspace, CAME, days_ago=3, visitor=visitor)
    happened(workspace, SENT, days_ago=2, contact=contact)
    assert numbers(people(workspace, [CAME, SENT])) == [1, 0]
    IdentityEdgeFactory(visitor=visitor, contact=contact)
    walked = people(workspace, [CAME, SENT])
    assert numbers(walked) == [1, 1]
    assert walked.reached(1) == [contact.pk]


def test_a_merged_contact_counts_as_the_one_they_were_merged_into(workspace: Workspace) -> None:
    winner = ContactFactory(workspace=workspace)
    loser = ContactFactory(workspace=workspace, merged_into=winner)
    happened(workspace, CAME, days_ago=3, contact=loser)
    happened(workspace, SENT, days_ago=2, contact=winner)
    assert people(workspace, [CAME, SENT]).reached(1) == [winner.pk]


def test_robots_move_nothing(workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace)
    happened(workspace, CAME, days_ago=3, contact=contact, verdict=Verdict.ROBOT)
    assert numbers(people(workspace, [CAME, SENT])) == [0, 0]


def test_another_business_is_not_counted(workspace: Workspace) -> None:
    stranger = ContactFactory(workspace=WorkspaceFactory())
    happened(stranger.workspace, CAME, days_ago=3, contact=stranger)
    assert numbers(people(workspace, [CAME])) == [0]


def test_binned_people_are_not_behind_any_number(workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace, binned=True)
    happened(workspace, CAME, days_ago=3, contact=contact)
    assert numbers(people(workspace, [CAME])) == [0]


def test_the_range_bounds_entries_and_completions_may_land_later(workspace: Workspace) -> None:
    early, late = ContactFactory.create_batch(2, workspace=workspace)
    month = Range(NOW - timedelta(days=60), NOW - timedelta(days=30))
    happened(workspace, CAME, days_ago=31, contact=early)
    happened(workspace, SENT, days_ago=5, contact=early)
    happened(workspace, CAME, days_ago=29, contact=late)
    happened(workspace, SENT, days_ago=28, contact=late)
    assert people(workspace, [CAME, SENT], span=month).reached(1) == [early.pk]


def test_entries_younger_than_the_window_are_marked_immature(workspace: Workspace) -> None:
    old, young = ContactFactory.create_batch(2, workspace=workspace)
    happened(workspace, CAME, days_ago=31, contact=old)
    happened(workspace, CAME, days_ago=29, contact=young)
    assert people(workspace, [CAME, SENT]).immature == 1
    assert people(workspace, [CAME, SENT], window_days=None).immature == 0


def test_a_stage_matches_by_kind_subject_and_rule(workspace: Workspace) -> None:
    dana = ContactFactory(workspace=workspace, first_name="דנה")
    gil = ContactFactory(workspace=workspace, first_name="גיל")
    for contact in (dana, gil):
        happened(workspace, CAME, days_ago=3, contact=contact, subject_id=7)
    happened(workspace, CAME, days_ago=3, contact=ContactFactory(workspace=workspace), subject_id=8)
    of_seven = people(workspace, [{"kind": CAME, "subject": 7}])
    assert sorted(of_seven.reached(0)) == sorted([dana.pk, gil.pk])
    rule = {"all": [{"field": "first_name", "op": "equals", "value": "דנה"}]}
    assert people(workspace, [{"kind": CAME, "subject": 7, "rule": rule}]).reached(0) == [dana.pk]


def test_the_buckets_of_a_breakdown_add_up_to_the_total(workspace: Workspace) -> None:
    for number in range(30):
        contact = ContactFactory(workspace=workspace)
        happened(workspace, CAME, days_ago=3, contact=contact, source=f"s{number % 12}" if number % 12 else "")
        if number % 2:
            happened(workspace, BOUGHT, days_ago=2, contact=contact)
    walked = people(workspace, [CAME, BOUGHT])
    buckets = breakdown(walked, "source")
    assert [sum(column) for column in zip(*(bucket.counts for bucket in buckets), strict=True)] == numbers(walked)
    assert buckets[-1].value is None
    assert "" in [bucket.value for bucket in buckets]


def test_whoever_passed_an_optional_stage_by_is_not_counted_there_nor_as_dropped(workspace: Workspace) -> None:
    straight, thorough, left = ContactFactory.create_batch(3, workspace=workspace)
    for contact in (straight, thorough, left):
        happened(workspace, CAME, days_ago=3, contact=contact)
    happened(workspace, SENT, days_ago=2, contact=thorough)
    for contact in (straight, thorough):
        happened(workspace, BOUGHT, days_ago=1, contact=contact)
    walked = people(workspace, [CAME, SENT, BOUGHT], optional=[1])
    assert numbers(walked) == [3, 1, 2]
    assert walked.dropped_before(1) == walked.dropped_before(2) == [left.pk]


def test_a_stage_tells_its_rates_and_how_long_it_took(workspace: Workspace) -> None:
    for hours in (1, 2, 3, 10):
        contact = ContactFactory(workspace=workspace)
        happened(workspace, CAME, days_ago=3, contact=contact)
        happened(workspace, SENT, days_ago=3 - hours / 24, contact=contact)
    happened(workspace, CAME, days_ago=3, contact=ContactFactory(workspace=workspace))
    funnel = funnel_of([CAME, SENT], workspace=workspace)
    first, second = count(list(funnel.stages.all()), progress(funnel, YEAR, now=NOW))
    assert (first.of_previous, first.dropped) == (None, 0)
    assert (second.people, second.dropped, second.of_start.percent) == (4, 1, "80.0%")
    assert second.between is not None
    assert second.between.median == pytest.approx(2.5 * 3600)


def test_an_empty_funnel_says_nothing_instead_of_nought_per_cent(workspace: Workspace) -> None:
    funnel = funnel_of([CAME, SENT], workspace=workspace)
    _first, second = count(list(funnel.stages.all()), progress(funnel, YEAR, now=NOW))
    assert second.of_previous is not None
    assert second.of_previous.percent == "-"
