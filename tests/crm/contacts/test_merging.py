from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from crm.contacts import merging, subscribing, unmerging
from crm.contacts.capturing import capture
from crm.models import Event
from tests.crm.factories import ContactFactory, CustomFieldFactory, SubscriptionFactory


def snapshot(*contacts):
    for contact in contacts:
        contact.refresh_from_db()
    return [
        (
            contact.email,
            contact.phone,
            contact.first_name,
            contact.last_name,
            contact.values,
            contact.merged_into_id,
            sorted(contact.subscriptions.values_list("list_id", "status")),
            sorted(contact.contact_tags.values_list("tag_id", flat=True)),
        )
        for contact in contacts
    ]


@pytest.fixture
def pair(workspace):
    field = CustomFieldFactory(workspace=workspace)
    winner = ContactFactory(workspace=workspace, email="dana@example.test", last_name="")
    loser = ContactFactory(
        workspace=workspace,
        with_phone_only=True,
        first_name="דני",
        last_name="כהן",
        values={field.storage_key: "x"},
    )
    SubscriptionFactory(contact=loser)
    subscribing.tag(loser, "VIP", actor="")
    return winner, loser


def test_the_winner_takes_what_it_lacks_and_the_loser_points_to_it(pair):
    winner, loser = pair
    phone = loser.phone
    merging.merge(winner, loser, "user:5")
    (email, own_phone, first, last, values, _merged, lists, tags), lost = snapshot(winner, loser)
    assert (email, own_phone, first, last) == ("dana@example.test", phone, "דנה", "כהן")
    assert list(values.values()) == ["x"]
    assert len(lists) == len(tags) == 1
    assert lost[5] == winner.pk
    assert merging.ids_of(winner) == [winner.pk, loser.pk]
    assert winner.workspace.contacts.alive().get() == winner


def test_whoever_comes_by_the_losers_phone_is_the_winner(pair):
    winner, loser = pair
    phone = loser.phone
    merging.merge(winner, loser, "user:5")
    assert capture(winner.workspace, phone=phone).contact == winner


def test_undoing_a_merge_puts_everything_back(pair):
    before = snapshot(*pair)
    merging.merge(*pair, "user:5")
    unmerging.unmerge(pair[1], "user:5")
    assert snapshot(*pair) == before
    kinds = list(Event.objects.filter(contact=pair[0]).order_by("id").values_list("kind", flat=True))
    assert kinds == ["contact.merged", "contact.unmerged"]


def test_rooms_above_get_their_memo_back(pair):
    seen = []
    merging.register_merger("test", lambda winner, loser: {"moved": [1]}, lambda winner, loser, memo: seen.append(memo))
    merging.merge(*pair, "user:5")
    unmerging.unmerge(pair[1], "user:5")
    merging.register_merger("test", lambda winner, loser: None, lambda winner, loser, memo: None)
    assert seen == [{"moved": [1]}]


def test_what_cannot_be_one_person_is_refused(pair):
    winner, loser = pair
    for one, other in ((winner, winner), (winner, ContactFactory())):
        with pytest.raises(ValidationError):
            merging.merge(one, other, "")
    merging.merge(winner, loser, "")
    with pytest.raises(ValidationError):
        merging.merge(loser, winner, "")
    with pytest.raises(ValidationError):
        unmerging.unmerge(winner, "")
