from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from crm.contacts.models import Contact
from crm.contacts.paging import PAGE_SIZE, Count, page_of
from tests.crm.factories import ContactFactory, ListFactory, SubscriptionFactory
from tests.swaps import assert_swap_equals_reload


@pytest.fixture
def crowd(workspace):
    """120 people, of whom forty joined at one moment, as an import makes them."""
    moment = timezone.now() - timedelta(days=1)
    for number in range(120):
        at = moment - timedelta(minutes=0 if 40 <= number < 80 else number)
        ContactFactory.build(
            workspace=workspace, email=f"p{number}@example.test", first_name=f"n{number}", created_at=at
        ).save()
    return list(Contact.objects.filter(workspace=workspace).order_by("-created_at", "-id").values_list("pk", flat=True))


def follow(client, url, rel):
    page = client.get(url).content.decode()
    _before, _mark, after = page.partition(f'rel="{rel}" href="')
    return url.partition("?")[0] + after.partition('"')[0].replace("&amp;", "&") if after else ""


def ids(client, url):
    return [contact.pk for contact in client.get(url).context["page"]]


def test_pages_one_after_the_other_show_everybody_once(owner_client, url, crowd):
    address, seen = url("contact_list"), []
    while address:
        seen += ids(owner_client, address)
        last, address = address, follow(owner_client, address, "next")
    assert seen == crowd
    assert "101 " in owner_client.get(last).content.decode(), "which rows these are"
    back = follow(owner_client, last, "prev")
    assert ids(owner_client, back) == crowd[PAGE_SIZE : 2 * PAGE_SIZE]
    assert ids(owner_client, follow(owner_client, back, "prev")) == crowd[:PAGE_SIZE]


def test_who_joins_meanwhile_moves_nobody_on_the_page_that_follows(owner_client, url, crowd, workspace):
    second = follow(owner_client, url("contact_list"), "next")
    ContactFactory(workspace=workspace)
    assert ids(owner_client, second) == crowd[PAGE_SIZE : 2 * PAGE_SIZE]


def test_a_search_keeps_its_words_from_page_to_page(owner_client, url, crowd):
    second = follow(owner_client, url("contact_list") + "?q=example", "next")
    assert parse_qs(urlsplit(second).query)["q"] == ["example"]
    assert len(ids(owner_client, second)) == PAGE_SIZE


def test_the_second_page_swaps_as_it_reloads(owner_client, url, crowd):
    assert_swap_equals_reload(owner_client, follow(owner_client, url("contact_list"), "next"), "contact-results")


def test_the_bin_and_a_list_have_pages_too(owner_client, url, crowd, workspace):
    row = ListFactory(workspace=workspace)
    for contact in Contact.objects.filter(pk__in=crowd):
        SubscriptionFactory(contact=contact, list=row)
    listed = url("list_page", pk=row.pk)
    assert ids(owner_client, follow(owner_client, listed, "next")) == crowd[PAGE_SIZE : 2 * PAGE_SIZE]
    Contact.objects.filter(pk__in=crowd).update(deleted_at=timezone.now())
    binned = url("contact_list") + "?only=bin"
    assert len(ids(owner_client, follow(owner_client, binned, "next"))) == PAGE_SIZE


def place(*parts):
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


MOMENT = "2026-01-01T00:00:00+00:00"
STRANGE = {
    "nonsense": "x",
    "no base64": "א",
    "no json": urlsafe_b64encode(b"[1").decode(),
    "no list": urlsafe_b64encode(b"5").decode(),
    "too few": place(0, MOMENT),
    "naive": place(0, "2026-01-01T00:00:00", 1),
    "negative": place(0, MOMENT, -1),
    "too large": place(0, MOMENT, 2**63),
    "no rows": place("x", MOMENT, 1),
    "no moment": place(0, 5, 1),
}


@pytest.mark.parametrize("place", STRANGE.values(), ids=STRANGE)
def test_a_place_that_was_never_one_is_refused(owner_client, url, place):
    for name in ("after", "before"):
        assert owner_client.get(url("contact_list"), {name: place}).status_code == 400


def test_a_deep_page_starts_where_it_stands_in_the_index(workspace, django_assert_num_queries):
    ContactFactory.create_batch(60, workspace=workspace)
    people = Contact.objects.filter(workspace=workspace).alive().order_by("-created_at", "-id")
    place = page_of(people, {}, Count(60)).next["after"]
    with django_assert_num_queries(1) as asked:
        assert len(page_of(people, {"after": place}, Count(60))) == 10
    assert "OFFSET" not in asked[0]["sql"]


@pytest.mark.parametrize(
    "columns", [("first_name", "last_name", "id"), ("-first_name", "-last_name", "-id"), ("updated_at", "id")]
)
def test_any_order_of_an_index_has_pages(workspace, columns):
    for number in range(120):
        ContactFactory(workspace=workspace, first_name="אב"[number % 2], last_name=f"'%_\\{number % 7}")
    people = Contact.objects.filter(workspace=workspace).order_by(*columns)
    asked, seen = {}, []
    while True:
        page = page_of(people, asked, Count(120))
        seen += [contact.pk for contact in page]
        if not page.next:
            break
        asked = page.next
    assert seen == list(people.values_list("pk", flat=True))
    assert [contact.pk for contact in page_of(people, page.previous, Count(120))] == seen[50:100]
