"""Merging told over HTTP, as an owner does it: the list of pairs, side by side, merged, undone, told apart."""

from __future__ import annotations

import pytest
from django.urls import reverse

from crm.consent import granting
from crm.contacts.capturing import capture
from crm.models import Contact, DuplicateSuggestion
from tests.crm.contacts.test_merging_undone import dump
from tests.crm.factories import ContactFactory
from tests.swaps import assert_swap_equals_reload, part


@pytest.fixture
def pair(workspace):
    one = ContactFactory(workspace=workspace, first_name="דנה", last_name="כהן", email="dana+a@example.test")
    other = ContactFactory(workspace=workspace, first_name="דנה", last_name="לוי", email="dana@example.test")
    granting.withdraw(other, "email", source="preferences")
    granting.grant(one, "email", source="form")
    return one, other


def both(url, name, pair):
    return url(name, pk=pair[0].pk, other_pk=pair[1].pk)


def test_a_pair_is_found_compared_merged_and_undone_from_the_toast(owner_client, url, pair):
    one, other = pair
    before = dump(*pair)
    owner_client.post(url("duplicate_search"))
    page = owner_client.get(url("duplicate_list")).content.decode()
    assert both(url, "contact_pair", pair) in page
    shown = owner_client.get(both(url, "contact_pair", pair)).content.decode()
    assert 'name="keep-last_name"' in shown
    assert 'name="keep-first_name"' not in shown, "they agree about it"
    choices = {"kept": one.pk, "keep-last_name": other.pk, "keep-email": other.pk}
    answer = owner_client.post(both(url, "contact_merge", pair), choices, follow=True)
    assert answer.redirect_chain[-1][0] == url("contact_card", pk=one.pk)
    undo = url("contact_unmerge", pk=other.pk)
    assert answer.content.decode().count(undo) == 2, "in the toast, and on the card"
    merged = Contact.objects.get(pk=one.pk)
    assert (merged.last_name, merged.email) == ("לוי", "dana@example.test")
    assert granting.state(merged, "email") == "withdrawn"
    assert both(url, "contact_pair", pair) not in owner_client.get(url("duplicate_list")).content.decode()
    owner_client.post(undo)
    assert dump(*pair) == before


def test_an_old_link_to_the_duplicate_leads_to_the_one_card(owner_client, url, pair):
    owner_client.post(both(url, "contact_merge", pair), {"kept": pair[0].pk})
    answer = owner_client.get(url("contact_card", pk=pair[1].pk))
    assert (answer.status_code, answer.headers["Location"]) == (302, url("contact_card", pk=pair[0].pk))


def test_the_other_card_may_be_the_one_that_stays(owner_client, url, pair):
    owner_client.post(both(url, "contact_merge", pair), {"kept": pair[1].pk})
    assert Contact.objects.get(pk=pair[0].pk).merged_into_id == pair[1].pk


def test_what_cannot_be_undone_says_why_and_changes_nothing(owner_client, url, workspace, pair):
    one, other = pair
    owner_client.post(both(url, "contact_merge", pair), {"kept": one.pk})
    capture(workspace, email=other.email)  # comes to the winner
    Contact.objects.filter(pk=other.pk).update(email="gil@example.test")
    ContactFactory(workspace=workspace, email="gil@example.test", first_name="גיל")
    answer = owner_client.post(url("contact_unmerge", pk=other.pk), follow=True)
    assert "גיל" in answer.content.decode()
    assert Contact.objects.get(pk=other.pk).merged_into_id == one.pk


def test_two_people_are_told_apart_and_that_is_taken_back(owner_client, url, pair):
    owner_client.post(url("duplicate_search"))
    answer = owner_client.post(both(url, "contact_apart", pair), follow=True)
    assert both(url, "contact_undecided", pair) in answer.content.decode()
    owner_client.post(url("duplicate_search"))
    assert not owner_client.get(url("duplicate_list")).context["page"].object_list
    owner_client.post(both(url, "contact_undecided", pair))
    assert len(owner_client.get(url("duplicate_list")).context["page"].object_list) == 1


def test_from_a_card_the_other_card_is_searched_for(owner_client, url, pair):
    page = owner_client.get(url("contact_same", pk=pair[0].pk) + "?q=לוי").content.decode()
    assert both(url, "contact_pair", pair) in page
    assert_swap_equals_reload(owner_client, url("contact_same", pk=pair[0].pk) + "?q=לוי", "same-results")
    assert_swap_equals_reload(owner_client, url("duplicate_list"), "duplicate-results")


def test_readers_look_and_change_nothing(client_as, analyst, url, pair):
    client = client_as(analyst)
    page = client.get(both(url, "contact_pair", pair)).content.decode()
    assert "<button" not in str(part(page, "merging"))
    for name in ("contact_merge", "contact_apart", "contact_undecided"):
        assert client.post(both(url, name, pair)).status_code == 403
    assert client.post(url("duplicate_search")).status_code == 403


def test_one_contact_is_no_pair_nor_is_anybody_elses(owner_client, url, pair):
    stranger = ContactFactory()
    for other in (pair[0].pk, stranger.pk):
        assert owner_client.get(url("contact_pair", pk=pair[0].pk, other_pk=other)).status_code == 404
        assert owner_client.post(url("contact_merge", pk=pair[0].pk, other_pk=other)).status_code == 404
    assert owner_client.post(url("contact_unmerge", pk=pair[0].pk)).status_code == 404
    assert not DuplicateSuggestion.objects.exists()


def test_the_list_of_pairs_costs_the_same_however_many(owner_client, url, workspace, django_assert_max_num_queries):
    for number in range(40):
        ContactFactory(workspace=workspace, email=f"a{number // 2}+{number}@example.test")
    owner_client.post(url("duplicate_search"))
    with django_assert_max_num_queries(14):
        owner_client.get(reverse("contacts:duplicate_list", kwargs={"workspace": workspace.slug}))
