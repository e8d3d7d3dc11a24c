from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from crm.contacts.searching import Search, digits_of
from crm.contacts.starter import make_starter_fields
from crm.rules.grammar import clean
from crm.segments.matching import contacts as matching
from tests.crm.factories import (
    ContactFactory,
    ContactTagFactory,
    ListFactory,
    SubscriptionFactory,
    TagFactory,
    make_event,
)
from tests.swaps import assert_swap_equals_reload

HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast(workspace):
    """Four people: Dana on a list with a phone, Uri by phone only, Gil tagged, and a stranger of another business."""
    old = timezone.now() - timedelta(days=40)
    dana = ContactFactory(workspace=workspace, first_name="דנה", last_name="כהן", phone="+972500000142", created_at=old)
    uri = ContactFactory(workspace=workspace, first_name="אורי", email=None, phone="+972521234567")
    gil = ContactFactory(workspace=workspace, first_name="גיל", email="gil@example.test")
    SubscriptionFactory(contact=dana)
    ContactTagFactory(contact=gil, tag__name="VIP")
    SubscriptionFactory(contact=uri, list=dana.lists.get(), left=True)
    ContactFactory(first_name="זר")
    ContactFactory(workspace=workspace, first_name="נמחקת", binned=True)
    return {"dana": dana, "uri": uri, "gil": gil}


def names(response):
    return [contact.first_name for contact in response.context["page"]]


def test_everybody_newest_first_and_nobody_else(owner_client, url, cast):
    response = owner_client.get(url("contact_list"))
    assert names(response) == ["גיל", "אורי", "דנה"]
    assert "זר" not in response.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=דנה", ["דנה"]),
        ("q=דנה כהן", ["דנה"]),
        ("q=כהן דנה", ["דנה"]),
        ("q=GIL@", ["גיל"]),
        ("q=050-000-0142", ["דנה"]),
        ("q=052 123", ["אורי"]),
        ("q=%2B97252", ["אורי"]),
        ("q=%25", []),
        ("q=' OR 1=1 --", []),
        ("only=phone", ["אורי"]),
        ("only=new", ["גיל", "אורי"]),
        ("only=bin", ["נמחקת"]),
        ("only=nonsense", ["גיל", "אורי", "דנה"]),
        ("page=99", ["גיל", "אורי", "דנה"]),
        ("q=\x00", ["גיל", "אורי", "דנה"]),
    ],
)
def test_the_url_is_the_state_of_the_list(owner_client, url, cast, asked, found):
    assert names(owner_client.get(f"{url('contact_list')}?{asked}")) == found


def test_a_list_and_a_tag_narrow_to_those_who_are_on_it_now(owner_client, url, cast):
    on, tagged = cast["dana"].lists.get(), cast["gil"].tags.get()
    assert names(owner_client.get(url("contact_list"), {"list": on.pk})) == ["דנה"]
    assert names(owner_client.get(url("contact_list"), {"tag": tagged.pk})) == ["גיל"]
    assert names(owner_client.get(url("contact_list"), {"tag": tagged.pk, "q": "דנה"})) == []


@pytest.mark.parametrize("asked", ["list={list}", "tag={tag}", "list=abc", "tag=-1", "list=99999999999999999999"])
def test_a_list_or_tag_that_is_not_ours_is_not_found(owner_client, url, asked):
    foreign = asked.format(list=ListFactory().pk, tag=TagFactory().pk)
    assert owner_client.get(f"{url('contact_list')}?{foreign}").status_code == 404


@pytest.mark.parametrize("asked", ["", "?q=דנה", "?only=phone", "?only=bin", "?q=nobody"])
def test_the_swapped_results_equal_a_reload(owner_client, url, cast, asked):
    assert_swap_equals_reload(owner_client, url("contact_list") + asked, "contact-results")


def test_the_empty_list_invites_whoever_may_add(owner_client, client_as, analyst, url):
    assert url("contact_create") in owner_client.get(url("contact_list"), headers=HTMX).content.decode()
    assert url("contact_create") not in client_as(analyst).get(url("contact_list"), headers=HTMX).content.decode()


def test_fifty_people_cost_as_many_statements_as_one(
    owner_client, url, workspace, django_assert_num_queries, django_assert_max_num_queries
):
    make_starter_fields(workspace)
    for contact in ContactFactory.create_batch(60, workspace=workspace):
        make_event("contact.created", contact=contact)
    owner_client.get(url("contact_list"))
    # session, user, membership; count, page, status, latest events; lists, tags; saved views, what the member likes
    with django_assert_num_queries(11):
        owner_client.get(url("contact_list"), headers=HTMX)
    with django_assert_max_num_queries(15):
        owner_client.get(url("contact_list"))


def test_a_row_says_where_they_stand_and_what_they_did_last(owner_client, url, workspace):
    status = next(field for field in make_starter_fields(workspace) if field.key == "status")
    contact = ContactFactory(workspace=workspace, values={status.storage_key: "o4"}, phone="+972500000142")
    make_event("contact.created", contact=contact, occurred_at=timezone.now() - timedelta(days=2))
    make_event("custom.visit", contact=contact)
    page = owner_client.get(url("contact_list"), headers=HTMX).content.decode()
    assert "הצעת מחיר" in page
    assert "visit" in page
    assert 'href="tel:+972500000142"' in page
    assert "https://wa.me/972500000142" in page


@pytest.mark.parametrize("asked", ["", "q=דנה כהן", "q=050-000", "only=phone", "only=new", "list={list}", "tag={tag}"])
def test_the_three_buttons_carry_the_same_people_as_a_rule(rf, workspace, cast, asked):
    asked = asked.format(list=cast["dana"].lists.get().pk, tag=cast["gil"].tags.get().pk)
    search = Search.of(workspace, rf.get(f"/?{asked}").GET)
    rule = clean(search.rule(), workspace)
    assert set(matching(workspace, rule)) == set(search.people())


def test_saving_as_a_segment_goes_on_with_the_rule(owner_client, url, cast):
    response = owner_client.get(url("contact_people"), {"q": "דנה", "next": "segment"})
    assert response.status_code == 302
    assert "rule" in parse_qs(urlsplit(response.url).query)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("050-123", "50123"), ("+972 50", "97250"), ("0097250", "97250"), ("דנה", ""), ("5", ""), ("a050", "")],
)
def test_digits_are_looked_for_as_they_are_kept(typed, digits):
    assert digits_of(typed) == digits
