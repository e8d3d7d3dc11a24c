from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Workspace
from crm.rules import interpreter
from crm.segments import matching
from tests.crm.factories import (
    ContactFactory,
    CustomFieldFactory,
    IdentityEdgeFactory,
    ListFactory,
    SegmentFactory,
    SubscriptionFactory,
    TagFactory,
    WorkspaceFactory,
    make_event,
)

AT = {"field": "email", "op": "contains", "value": "@"}
PAIR = {"known-at": AT, "new-at": {"none": [AT]}, "known": {"known": True}, "new": {"none": [{"known": True}]}}


def test_the_canonical_pair_splits_strangers_from_people(workspace: Workspace) -> None:
    dana, phone_only = ContactFactory(workspace=workspace), ContactFactory(workspace=workspace, with_phone_only=True)
    assert interpreter.for_values(workspace, PAIR) == {"new-at", "new"}
    assert interpreter.for_values(workspace, PAIR, {"email": "gil@x.test"}) == {"known-at", "new"}
    held = interpreter.for_batch(workspace, PAIR, [dana.pk, phone_only.pk])
    assert held == {dana.pk: {"known-at", "known"}, phone_only.pk: {"new-at", "known"}}


def test_a_batch_costs_one_statement_whatever_the_rules(workspace: Workspace, django_assert_num_queries: Any) -> None:
    people = [ContactFactory(workspace=workspace) for _ in range(20)]
    rules = {str(n): {"all": [AT, {"list": 1}, {"tag": "x"}, {"event": "custom.x"}]} for n in range(30)}
    with django_assert_num_queries(1):
        interpreter.for_batch(workspace, rules, [person.pk for person in people])
    with django_assert_num_queries(1):
        interpreter.for_values(workspace, rules)
    with django_assert_num_queries(0):
        interpreter.for_values(workspace, {})
    rules["segment"] = {"any": [{"segment": SegmentFactory(workspace=workspace).pk}, {"segment": 0}]}
    with django_assert_num_queries(2):
        interpreter.for_batch(workspace, rules, [person.pk for person in people])


def test_a_batch_leaves_out_contacts_of_other_businesses(workspace: Workspace) -> None:
    mine, foreign = ContactFactory(workspace=workspace), ContactFactory()
    assert interpreter.for_batch(workspace, {"all": {}}, [mine.pk, foreign.pk]) == {mine.pk: {"all"}}


def test_visits_count_for_the_person_behind_the_visitor(workspace: Workspace) -> None:
    edge = IdentityEdgeFactory(contact=ContactFactory(workspace=workspace))
    stranger = ContactFactory(workspace=workspace)
    make_event("custom.visit", visitor=edge.visitor)
    make_event("custom.visit", visitor=edge.visitor, verdict="robot")
    twice = {"all": [{"event": "custom.visit", "times": [">=", 2]}]}
    assert list(matching.contacts(workspace, {"event": "custom.visit"})) == [edge.contact]
    assert matching.count(workspace, twice) == 0
    make_event("custom.visit", contact=edge.contact)
    assert list(matching.contacts(workspace, twice)) == [edge.contact]
    assert list(matching.contacts(workspace, {"none": [twice]})) == [stranger]


def test_a_number_of_days_counts_whole_days_of_the_business(workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace)
    now = timezone.now().astimezone(workspace.zone).replace(hour=23, minute=59)
    early = now.replace(hour=0, minute=1) - timedelta(days=7)
    make_event("custom.visit", contact=contact, occurred_at=early)
    rule = {"event": "custom.visit", "within_days": 7}
    assert matching.count(workspace, rule, now=now) == 1
    assert matching.count(workspace, rule, now=now + timedelta(minutes=2)) == 0
    assert matching.count(workspace, rule, now=early - timedelta(minutes=1)) == 0


def test_only_the_living_are_matched(workspace: Workspace) -> None:
    alive = ContactFactory(workspace=workspace)
    ContactFactory(workspace=workspace, binned=True)
    ContactFactory(workspace=workspace, merged_into=alive)
    ContactFactory()
    assert list(matching.contacts(workspace, {})) == [alive]
    assert list(matching.contacts(workspace, AT)) == [alive]


def test_a_matching_queryset_can_be_narrowed_joined_and_counted_further(workspace: Workspace) -> None:
    row = SubscriptionFactory(contact__workspace=workspace)
    people = matching.contacts(workspace, {"none": [{"list": ListFactory(workspace=workspace).pk}]})
    assert people.filter(lists=row.list).order_by("-id").distinct().count() == 1
    assert list(row.list.subscriptions.filter(contact__in=people)) == [row]
    assert (people | matching.contacts(workspace, AT)).count() == 1


def test_what_was_removed_since_holds_nobody(workspace: Workspace) -> None:
    ContactFactory(workspace=workspace)
    gone = [{"list": 10**9}, {"tag": "gone"}, {"segment": 10**9}, {"field": "f999", "op": "=", "value": 1}]
    for condition in gone:
        assert matching.count(workspace, {"all": [condition]}) == 0
        assert matching.count(workspace, {"none": [condition]}) == 1


def test_lists_tags_and_segments_of_another_business_hold_nobody(workspace: Workspace) -> None:
    other = WorkspaceFactory()
    ContactFactory(workspace=workspace)
    row = SubscriptionFactory(contact__workspace=other)
    segment = SegmentFactory(workspace=other, rule={})
    TagFactory(workspace=other, name="vip")
    for condition in ({"list": row.list_id}, {"segment": segment.pk}, {"tag": "vip"}):
        assert matching.count(workspace, condition) == 0


NAUGHTY = ["\0", "a\0b", "\ud800", "\udfff🙂", "%s", "%(x)s", "'", "\\", "$$", "{}", "{0}", "\u202e", "１", "ﷺ" * 20]


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_answers_of_a_stranger_never_break(workspace: Workspace, text: str) -> None:
    field = CustomFieldFactory(workspace=workspace)
    rule = {"it": {"field": field.storage_key, "op": "filled"}}
    for answer in (text, [text], {text: text}):
        interpreter.for_values(workspace, rule, {field.storage_key: answer, "first_name": text, text: 1})
