"""A merge taken out again leaves what there would be if it had never happened, in whatever order merges are undone."""

from __future__ import annotations

import itertools
import json

import pytest
from django.core.exceptions import ValidationError

from crm.consent import granting
from crm.consent.mailable import mailable
from crm.contacts import editing, merging, subscribing, unmerging
from crm.contacts.capturing import capture
from crm.contacts.models import Subscription
from crm.models import Contact, Event
from crm.segments import matching
from tests.crm.factories import (
    ContactFactory,
    CustomFieldFactory,
    IdentityEdgeFactory,
    ListFactory,
    SubscriptionFactory,
    VisitorFactory,
    make_event,
)


def dump(*contacts):
    """Values, lists, tags and current consent of each, in order."""
    rows = []
    for contact in Contact.objects.filter(pk__in=[one.pk for one in contacts]).order_by("pk"):
        own = [getattr(contact, key) for key in ("email", "phone", "first_name", "last_name", "source")]
        lists = list(contact.subscriptions.order_by("list_id").values_list("list_id", "status", "joined_at", "left_at"))
        tags = list(contact.contact_tags.order_by("tag_id").values_list("tag_id", flat=True))
        said = contact.consents.filter(is_current=True).order_by("channel")
        words = list(said.values_list("pk", "channel", "state", "wording"))
        rows.append([contact.pk, own, contact.values, contact.merged_into_id, contact.deleted_at, lists, tags, words])
    return json.dumps(rows, default=str, sort_keys=True)


@pytest.fixture
def people(workspace):
    """Three of one name, who disagree about almost everything."""
    fields = [CustomFieldFactory(workspace=workspace) for _number in range(3)]
    lists = [ListFactory(workspace=workspace) for _number in range(3)]
    made = []
    for number in range(3):
        contact = ContactFactory(workspace=workspace, with_phone=number != 0, last_name=["", "כהן", "לוי"][number])
        contact.values = {
            field.storage_key: f"{place}{number}" for place, field in enumerate(fields) if place <= number
        }
        contact.save()
        SubscriptionFactory(contact=contact, list=lists[number])
        subscribing.tag(contact, f"tag {number}", actor="")
        made.append(contact)
    SubscriptionFactory(contact=made[0], list=lists[1])
    subscribing.leave(made[1], lists[1], actor="contact")
    granting.grant(made[0], "email", source="form", wording="מותר")
    granting.withdraw(made[1], "email", source="preferences")
    granting.withdraw(made[2], "email", source="complaint")
    granting.grant(made[2], "sms", source="form")
    return made


def merge(winner, loser, **options):
    merging.merge(winner, loser, "user:1", **options)


def test_merge_and_undo_leave_everything_as_it_was(people):
    first, second, _third = people
    before = dump(*people)
    choices = {"email": "loser", "last_name": "loser"} | dict.fromkeys(second.values, "loser")
    merge(first, second, choices=choices)
    taken = Contact.objects.get(pk=first.pk)
    assert (taken.email, taken.last_name) == (second.email, "כהן")
    assert taken.values == second.values
    unmerging.unmerge(second, "user:1")
    assert dump(*people) == before


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2])))
def test_merges_are_undone_in_any_order(people, order):
    before = dump(*people)
    merge(people[0], people[1])
    merge(people[0], people[2])
    for place in order:
        unmerging.unmerge(people[place], "user:1")
    assert dump(*people) == before


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2])))
def test_a_chain_is_undone_from_its_middle_or_from_its_end(people, order):
    before = dump(*people)
    merge(people[1], people[2])
    half = dump(*people)
    merge(people[0], people[1])
    assert list(Contact.objects.filter(merged_into=people[0]).order_by("pk")) == people[1:]
    unmerging.unmerge(people[order[0]], "user:1")
    if order[0] == 1:
        assert dump(*people) == half  # the middle took its own duplicate back
    else:
        assert Contact.objects.get(pk=people[1].pk).merged_into_id == people[0].pk
    unmerging.unmerge(people[order[1]], "user:1")
    assert dump(*people) == before


def test_a_no_of_another_duplicate_still_holds_after_one_is_taken_out(people):
    merge(people[0], people[1])
    merge(people[0], people[2])
    unmerging.unmerge(people[1], "user:1")
    assert granting.state(people[0], "email") == "withdrawn"  # the third said so too
    assert not mailable(Contact.objects.filter(pk=people[0].pk), "email").exists()


def test_what_the_winner_changed_since_stays_with_the_winner(people):
    first, second, _third = people
    phone = second.phone
    merge(first, second)
    editing.edit(first, changes={"last_name": "מזרחי", "phone": "+972501119999"}, actor="user:1")
    unmerging.unmerge(second, "user:1")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.last_name, first.phone) == ("מזרחי", "+972501119999")
    assert (second.last_name, second.phone) == ("כהן", phone)


def test_an_address_that_somebody_new_has_by_now_stops_the_undoing_and_says_whose_it_is(people):
    first, second, _third = people
    merge(first, second)
    Contact.objects.filter(pk=first.pk).update(phone=None)
    stranger = ContactFactory(workspace=first.workspace, phone=second.phone, first_name="זר")
    before = dump(*people, stranger)
    with pytest.raises(ValidationError, match="זר"):
        unmerging.unmerge(second, "user:1")
    assert dump(*people, stranger) == before


def test_having_left_a_list_is_a_no_for_that_list_whoever_of_the_two_said_it(people):
    merge(people[0], people[1])
    left = people[0].subscriptions.filter(status=Subscription.Status.LEFT)
    assert list(left.values_list("list_id", flat=True)) == [people[1].subscriptions.get().list_id]


def test_leaving_again_after_a_merge_is_not_undone_with_it(people):
    first, second, _third = people
    merge(first, second)
    row = first.subscriptions.get(status="left")
    subscribing.join(first, row.list, actor="contact")
    subscribing.leave(first, row.list, actor="contact")
    unmerging.unmerge(second, "user:1")
    assert first.subscriptions.get(list=row.list).status == "left"


def test_an_address_that_was_only_blocked_counts_as_the_persons_no(workspace):
    winner, loser = (ContactFactory(workspace=workspace) for _number in range(2))
    granting.grant(winner, "email", source="form")
    granting.suppress(workspace, "email", loser.email, reason="unsubscribed")
    merge(winner, loser)
    assert granting.state(winner, "email") == "withdrawn"


def test_nobody_in_the_bin_is_merged(workspace):
    alive, binned = ContactFactory(workspace=workspace), ContactFactory(workspace=workspace, binned=True)
    for pair in ((alive, binned), (binned, alive)):
        with pytest.raises(ValidationError, match=r"bin|באשפה|פח"):
            merge(*pair)


def test_a_choice_is_one_of_the_two_and_of_a_known_field(people):
    for choices in ({"email": "both"}, {"f999": "loser"}):
        with pytest.raises(ValidationError):
            merge(people[0], people[1], choices=choices)


@pytest.mark.parametrize("choice", ["winner", "loser"])
def test_whoever_comes_by_an_address_of_a_duplicate_is_the_one_contact(people, choice):
    first, second, _third = people
    addresses = {first.email, second.email}
    merge(first, second, choices={"email": choice})
    written_to = Contact.objects.get(pk=first.pk).email
    for address in addresses:
        captured = capture(first.workspace, email=address, first_name="דנה")
        assert (captured.contact.pk, captured.created) == (first.pk, False)
        assert captured.contact.email == written_to


def test_a_rule_counts_what_happened_to_the_duplicates_too(workspace):
    winner, loser, other = (ContactFactory(workspace=workspace) for _number in range(3))
    visitor = VisitorFactory(workspace=workspace)
    IdentityEdgeFactory(contact=loser, visitor=visitor)
    make_event("order.placed", contact=winner)
    make_event("order.placed", contact=loser)
    make_event("order.placed", contact=other)
    make_event("page.viewed", visitor=visitor)
    bought_twice = {"all": [{"event": "order.placed", "times": [">=", 2]}]}
    assert not matching.contacts(workspace, bought_twice)
    merge(winner, loser)
    assert list(matching.contacts(workspace, bought_twice)) == [winner]
    assert list(matching.contacts(workspace, {"all": [{"event": "page.viewed"}]})) == [winner]
    unmerging.unmerge(loser, "user:1")
    assert list(matching.contacts(workspace, {"all": [{"event": "page.viewed"}]})) == [loser]


def test_every_undoing_is_recorded_with_whom_it_was_about(people):
    merge(people[0], people[1])
    unmerging.unmerge(people[1], "user:7")
    event = Event.objects.get(kind="contact.unmerged")
    assert (event.contact_id, event.subject_id, event.actor) == (people[0].pk, people[1].pk, "user:7")
