"""Acts over many people: what changes, what is recorded, what survives a kill, and what an undo leaves alone."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.bulk import forgetting, kinds, starting, working
from crm.bulk.models import BulkAct, BulkRow
from crm.bulk.selecting import Whom
from crm.contacts import editing, subscribing
from crm.contacts.starter import make_starter_fields
from crm.models import Contact, ContactTag, Event, Subscription
from tests.crm.factories import (
    ConsentFactory,
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    ListFactory,
    SubscriptionFactory,
    TagFactory,
)

BY = "user:7"


@pytest.fixture
def people(workspace):
    return ContactFactory.create_batch(5, workspace=workspace)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(working, "CHUNK", 2)
    monkeypatch.setattr(working, "FREEZE_CHUNK", 2)


def ids(people):
    return sorted(person.pk for person in people)


def act_on(workspace, kind, people=None, state="", **params) -> BulkAct:
    whom = Whom(workspace, ids=ids(people)) if people is not None else Whom(workspace, state=state)
    return starting.start(whom, kind, params, actor=BY)


def run(act: BulkAct) -> BulkAct:
    working.work_on(act.pk, until=time.monotonic() + 30)
    act.refresh_from_db()
    return act


def take_back(act: BulkAct) -> BulkAct:
    assert starting.undo(act)
    return run(act)


def kinds_of(person) -> list[str]:
    return list(Event.objects.filter(contact=person).order_by("id").values_list("kind", flat=True))


def outcomes(act: BulkAct) -> dict[int, str]:
    return dict(act.rows.values_list("contact_id", "outcome"))


# -- what the kinds do ---------------------------------------------------------------------------------------------------------


def test_a_tag_for_all_is_told_as_one_given_by_hand(workspace, people):
    ContactTagFactory(contact=people[0], tag__name="VIP")
    act = run(act_on(workspace, "tag", people, tag="vip"))
    assert (act.status, act.changed, act.same) == ("done", 4, 1)
    assert {tag.name for person in people for tag in person.tags.all()} == {"VIP"}
    event, single = Event.objects.filter(contact=people[1]).get(), ContactFactory(workspace=workspace)
    subscribing.tag(single, "VIP", actor=BY)
    by_hand = Event.objects.filter(contact=single).get()
    told = ("kind", "subject_type", "subject_id", "subject_label", "actor", "source", "properties", "verdict")
    assert [getattr(event, name) for name in told] == [getattr(by_hand, name) for name in told]
    assert kinds_of(people[0]) == []


def test_undoing_a_tag_leaves_who_had_it_and_who_got_it_again_since(workspace, people):
    ContactTagFactory(contact=people[0], tag__name="VIP")
    act = run(act_on(workspace, "tag", people, tag="VIP"))
    subscribing.untag(people[1], "VIP", actor="user:8")
    subscribing.tag(people[1], "VIP", actor="user:8")
    act = take_back(act)
    assert (act.status, act.undone, act.kept) == ("undone", 3, 1)
    assert set(ContactTag.objects.values_list("contact_id", flat=True)) == {people[0].pk, people[1].pk}
    assert kinds_of(people[2]) == ["tag.added", "tag.removed"]


def test_taking_a_tag_off_and_back(workspace, people):
    tag = TagFactory(workspace=workspace, name="VIP")
    for person in people[:3]:
        ContactTagFactory(contact=person, tag=tag)
    act = run(act_on(workspace, "untag", people, tag="VIP"))
    assert (act.changed, act.same, ContactTag.objects.count()) == (3, 2, 0)
    act = take_back(act)
    assert (act.undone, ContactTag.objects.count()) == (3, 3)
    assert kinds_of(people[0]) == ["tag.removed", "tag.added"]


def test_who_left_a_list_is_never_put_back_by_an_act_over_many(workspace, people):
    row = ListFactory(workspace=workspace)
    SubscriptionFactory(contact=people[0], list=row, left=True)
    SubscriptionFactory(contact=people[1], list=row)
    act = run(act_on(workspace, "join", people, list=row.pk))
    assert (act.changed, act.same, act.refused) == (3, 1, 1)
    assert outcomes(act)[people[0].pk] == "refused"
    assert Subscription.objects.get(contact=people[0]).status == "left"
    assert kinds_of(people[2]) == ["list.joined"]


def test_undoing_a_joining_leaves_who_left_by_themselves_since(workspace, people):
    row = ListFactory(workspace=workspace)
    act = run(act_on(workspace, "join", people, list=row.pk))
    subscribing.leave(people[0], row, actor="")
    act = take_back(act)
    assert (act.undone, act.kept) == (4, 1)
    assert list(Subscription.objects.values_list("contact_id", "status")) == [(people[0].pk, "left")]


def test_undoing_a_leaving_brings_back_only_who_still_wants_mail(workspace, people):
    row = ListFactory(workspace=workspace)
    for person in people:
        SubscriptionFactory(contact=person, list=row)
    act = run(act_on(workspace, "leave", people, list=row.pk))
    assert act.changed == 5
    ConsentFactory(contact=people[0], channel="email", state="withdrawn")
    subscribing.join(people[1], row, actor="")
    subscribing.leave(people[1], row, actor="")
    act = take_back(act)
    assert (act.undone, act.kept) == (3, 2)
    joined = Subscription.objects.filter(status="joined").values_list("contact_id", flat=True)
    assert set(joined) == {person.pk for person in people[2:]}


def test_a_field_is_cleaned_filled_in_and_given_back_as_it_was(workspace, people):
    field = CustomFieldFactory(workspace=workspace, number=True, label="ילדים")
    key = field.storage_key
    editing.edit(people[0], changes={key: 7}, actor=BY)
    editing.edit(people[1], changes={key: 3}, actor=BY)
    act = run(act_on(workspace, "set", people, field=field.pk, value="3"))
    assert (act.changed, act.same) == (4, 1)
    assert [Contact.objects.get(pk=person.pk).values[key] for person in people] == [3] * 5
    event = Event.objects.filter(contact=people[0]).order_by("-id").first()
    assert (event.kind, event.properties) == ("field.changed", {"field": key, "old": 7, "new": 3, "shown": "3"})
    editing.edit(people[2], changes={key: 9}, actor=BY)
    act = take_back(act)
    assert (act.undone, act.kept) == (3, 1)
    assert [Contact.objects.get(pk=person.pk).values.get(key) for person in people] == [7, 3, 9, None, None]


def test_the_status_is_told_by_its_own_kind(workspace, people):
    status = make_starter_fields(workspace)[0]
    run(act_on(workspace, "set", people, field=status.pk, value="o5"))
    event = Event.objects.filter(contact=people[0]).get()
    assert (event.kind, event.subject_id, event.subject_label) == ("status.changed", 5, "לקוח")


def test_a_field_is_emptied_and_filled_in_again(workspace, people):
    field = CustomFieldFactory(workspace=workspace, choices=True)
    editing.edit(people[0], changes={field.storage_key: ["o1", "o2"]}, actor=BY)
    act = run(act_on(workspace, "clear", people, field=field.pk))
    assert (act.changed, act.same) == (1, 4)
    assert Contact.objects.get(pk=people[0].pk).values == {}
    take_back(act)
    assert Contact.objects.get(pk=people[0].pk).values == {field.storage_key: ["o1", "o2"]}


def test_many_go_to_the_bin_and_come_back_but_not_who_was_binned_by_hand_since(workspace, people):
    act = run(act_on(workspace, "delete", people))
    assert (act.changed, Contact.objects.alive().count()) == (5, 0)
    assert kinds_of(people[0]) == ["contact.binned"]
    editing.restore(people[0], BY)
    editing.bin(people[0], BY)
    act = take_back(act)
    assert (act.undone, act.kept) == (4, 1)
    assert set(Contact.objects.alive()) == set(people[1:])


def test_restoring_from_the_bin_is_undone_only_where_nobody_touched_the_person(workspace):
    binned = ContactFactory.create_batch(3, workspace=workspace, binned=True)
    since = {person.pk: person.deleted_at for person in binned}
    act = run(act_on(workspace, "restore", binned))
    assert act.changed == 3
    editing.edit(Contact.objects.get(pk=binned[0].pk), changes={"first_name": "חזרה"}, actor=BY)
    act = take_back(act)
    assert (act.undone, act.kept) == (2, 1)
    still = dict(Contact.objects.filter(deleted_at__isnull=False).values_list("pk", "deleted_at"))
    assert still == {person.pk: since[person.pk] for person in binned[1:]}


# -- whom --------------------------------------------------------------------------------------------------------------------


def test_all_of_a_search_are_those_who_were_there_at_the_start(workspace, people):
    ContactFactory(first_name="זר")
    act = act_on(workspace, "tag", state="?q=contact", tag="VIP")
    late = ContactFactory(workspace=workspace)
    act = run(act)
    assert (act.total, act.changed) == (5, 5)
    assert not late.tags.exists()


def test_a_rule_of_the_url_chooses_the_people(workspace, people):
    ContactTagFactory(contact=people[0], tag__name="VIP")
    act = run(act_on(workspace, "tag", state='?rule={"all":[{"tag":"VIP"}]}', tag="אחר"))
    assert set(act.rows.values_list("contact_id", flat=True)) == {people[0].pk}


def test_a_filter_that_cannot_be_read_falls_on_nobody(workspace, people):
    with pytest.raises(ValidationError):
        Whom(workspace, state='?rule={"all":[{"list":123}]}').check()
    act = BulkAct.objects.create(workspace=workspace, kind="delete", whom={"state": "?rule=nonsense"}, actor=BY)
    BulkAct.objects.update(frozen_until=10**9)
    assert (run(act).total, Contact.objects.alive().count()) == (0, 5)


def test_who_is_gone_by_the_time_is_passed_over(workspace, people):
    act = act_on(workspace, "tag", people, tag="VIP")
    editing.bin(people[0], BY)
    act = run(act)
    assert (act.changed, act.gone) == (4, 1)


@pytest.mark.parametrize(
    ("kind", "params", "key"),
    [
        ("tag", {"tag": " "}, "tag"),
        ("untag", {"tag": "אין"}, "tag"),
        ("join", {"list": 99}, "list"),
        ("set", {"field": 99, "value": "1"}, "field"),
        ("restore", {}, "kind"),
    ],
)
def test_what_an_act_needs_is_judged_before_it_begins(workspace, people, kind, params, key):
    with pytest.raises(ValidationError) as caught:
        act_on(workspace, kind, people, **params)
    assert list(caught.value.message_dict) == [key]
    assert not BulkAct.objects.exists()


def test_a_value_is_judged_by_its_field(workspace, people):
    field = CustomFieldFactory(workspace=workspace, number=True)
    for value in ("abc", ""):
        with pytest.raises(ValidationError) as caught:
            act_on(workspace, "set", people, field=field.pk, value=value)
        assert list(caught.value.message_dict) == ["value"]


# -- killed, stopped, failed, at the same time ------------------------------------------------------------------------------


def test_a_chunk_that_dies_midway_is_done_once_when_resumed(workspace, people, monkeypatch):
    act = act_on(workspace, "tag", people, tag="VIP")
    assert working.advance(act.pk)
    with monkeypatch.context() as patch:
        patch.setattr(working, "_mark", lambda *_args: 1 / 0)
        assert not working.advance(act.pk)
    act.refresh_from_db()
    assert (act.changed, act.failures, ContactTag.objects.count()) == (2, 1, 2)
    act = run(act)
    assert (act.status, act.changed, act.same, act.failures) == ("done", 5, 0, 0)
    assert all(kinds_of(person) == ["tag.added"] for person in people)


def test_gathering_that_dies_midway_counts_nobody_twice(workspace, people, monkeypatch):
    act = act_on(workspace, "tag", state="?", tag="VIP")
    assert working.advance(act.pk)
    assert working.advance(act.pk)
    act = run(act)
    assert (act.total, act.changed, act.rows.count()) == (5, 5, 5)


def test_an_act_that_keeps_failing_stops_and_says_so_and_may_go_on(workspace, people, monkeypatch):
    act = act_on(workspace, "tag", people, tag="VIP")
    with monkeypatch.context() as patch:
        patch.setattr(working, "_mark", lambda *_args: 1 / 0)
        for _try in range(working.TRIES):
            working.advance(act.pk)
    act.refresh_from_db()
    assert (act.status, act.trouble, act.changed) == ("failed", "ZeroDivisionError", 0)
    assert not working.work(until=time.monotonic() + 5)
    assert starting.resume(act)
    assert run(act).status == "done"


def test_a_tag_that_was_deleted_meanwhile_ends_the_act_in_plain_words(workspace, people):
    act = act_on(workspace, "tag", people, tag="VIP")
    working.advance(act.pk)
    workspace.tags.all().delete()
    act = run(act)
    assert (act.status, act.changed) == ("failed", 2)
    assert act.trouble


def test_a_stopped_act_keeps_what_it_did_and_can_be_undone(workspace, people):
    act = act_on(workspace, "tag", people, tag="VIP")
    working.advance(act.pk)
    assert starting.stop(act)
    act = run(act)
    assert (act.status, act.changed) == ("stopped", 2)
    assert take_back(act).undone == 2
    assert not starting.stop(act)


def test_two_acts_over_the_same_people_both_hold(workspace, people):
    first, second = (act_on(workspace, "tag", people, tag=name) for name in ("א", "ב"))
    assert not working.work(until=time.monotonic() + 30)
    for act in (first, second):
        act.refresh_from_db()
        assert (act.status, act.changed) == ("done", 5)
    assert ContactTag.objects.count() == 10


def test_of_two_acts_that_set_one_field_the_later_stays_when_the_earlier_is_undone(workspace, people):
    field = CustomFieldFactory(workspace=workspace)
    first = run(act_on(workspace, "set", people, field=field.pk, value="א"))
    run(act_on(workspace, "set", people[:2], field=field.pk, value="ב"))
    first = take_back(first)
    assert (first.undone, first.kept) == (3, 2)
    values = [Contact.objects.get(pk=person.pk).values.get(field.storage_key) for person in people]
    assert values == ["ב", "ב", None, None, None]


def test_an_undo_is_asked_once_and_for_thirty_days(workspace, people):
    act = run(act_on(workspace, "tag", people, tag="VIP"))
    assert starting.undo(act)
    assert not starting.undo(run(act))
    old = run(act_on(workspace, "tag", people, tag="אחר"))
    BulkAct.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    old.refresh_from_db()
    assert not starting.undo(old)


def test_rows_are_forgotten_when_nothing_can_be_undone(workspace, people):
    act = run(act_on(workspace, "tag", people, tag="VIP"))
    assert forgetting.forget(timezone.now() + timedelta(days=29)) == 0
    assert forgetting.forget(timezone.now() + timedelta(days=31)) == 5
    act.refresh_from_db()
    assert (act.changed, BulkRow.objects.count()) == (5, 0)


def test_an_erased_person_leaves_no_row(workspace, people):
    from crm.contacts import erasing

    act = run(act_on(workspace, "tag", people, tag="VIP"))
    erasing.erase(people[0], actor=BY)
    assert act.rows.count() == 4
    assert take_back(act).undone == 4


def test_a_chunk_costs_the_same_statements_for_few_and_for_many(
    workspace, people, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(working, "CHUNK", 1000)
    ContactFactory.create_batch(40, workspace=workspace)
    act = act_on(workspace, "tag", list(Contact.objects.all()), tag="VIP")
    with django_assert_max_num_queries(12):
        working.advance(act.pk)
    act.refresh_from_db()
    assert (act.status, act.changed) == ("done", 45)


def test_every_kind_can_be_done_and_undone():
    assert {str(name) for name in BulkAct.Kind} == set(kinds._kinds)
