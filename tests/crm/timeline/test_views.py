"""The timeline of a person: their own deeds and their browsers', people first, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.crm.factories import (
    ContactFactory,
    IdentityEdgeFactory,
    ListFactory,
    VisitorFactory,
    WorkspaceFactory,
    make_event,
)
from tests.swaps import assert_swap_equals_reload

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 7, 21, tzinfo=UTC)


@pytest.fixture
def dana(workspace):
    return ContactFactory(workspace=workspace, first_name="דנה")


def address(contact, query=""):
    url = reverse("timeline:contact_timeline", kwargs={"workspace": contact.workspace.slug, "pk": contact.pk})
    return url + query


def part(client, contact, query=""):
    return client.get(address(contact, query), headers={"HX-Request": "true"}).content.decode()


def joined(contact, name, **fields):
    return make_event(
        "list.joined", contact=contact, subject=ListFactory(workspace=contact.workspace, name=name), **fields
    )


def test_events_are_said_in_sentences_newest_first_under_their_days(owner_client, dana):
    joined(dana, "ישנה", occurred_at=timezone.now() - timedelta(days=3))
    joined(dana, "חדשה")
    page = part(owner_client, dana)
    assert page.index("חדשה") < page.index("ישנה")
    assert page.count("m-thread__day") == 2
    assert "היום" in page


def test_what_people_typed_is_shown_as_text(owner_client, dana):
    joined(dana, "<script>alert(1)</script> 100% %(subject)s")
    page = part(owner_client, dana)
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 100% %(subject)s" in page


def test_browsing_is_the_persons_once_the_browser_is_known_and_only_then(owner_client, dana):
    stranger, known = VisitorFactory(workspace=dana.workspace), IdentityEdgeFactory(contact=dana).visitor
    make_event("link.forwarded", visitor=known)
    make_event("link.forwarded", visitor=stranger)
    assert part(owner_client, dana).count("m-thread__words") == 1


def test_a_merged_persons_deeds_are_on_the_one_card(owner_client, dana):
    joined(ContactFactory(workspace=dana.workspace, merged_into=dana), "של הכפיל")
    assert "של הכפיל" in part(owner_client, dana)


def test_robots_are_counted_apart_and_shown_on_request(owner_client, dana):
    joined(dana, "של אדם")
    joined(dana, "רשימת מכונה", verdict="robot")
    assert "רשימת מכונה" not in part(owner_client, dana)
    assert "robots=1" in part(owner_client, dana)
    assert "רשימת מכונה" in part(owner_client, dana, "?robots=1")


def test_filters_show_only_what_there_is(owner_client, dana):
    joined(dana, "ניוזלטר")
    assert "group=" not in part(owner_client, dana)
    make_event("order.placed", contact=dana, value=289, currency="ILS", product="משפחה בתנועה")
    page = part(owner_client, dana, "?group=money")
    assert "משפחה בתנועה" in page
    assert "289" in page
    assert "ניוזלטר" not in page
    assert "group=card" in page


def test_a_custom_event_stands_on_the_card(owner_client, dana):
    make_event("custom.demo_booked", contact=dana)
    assert "demo_booked" in part(owner_client, dana, "?group=card")


def test_older_pages_miss_nothing_and_repeat_nothing(owner_client, dana):
    same = NOW  # many events of one moment, as a set-based verb writes them
    for number in range(60):
        joined(dana, f"רשימה-{number:02}-", occurred_at=same if number % 2 else same - timedelta(hours=number))
    seen, query = [], ""
    for _page in range(4):
        page = part(owner_client, dana, query)
        seen += [number for number in range(60) if f"רשימה-{number:02}-" in page]
        if "before=" not in page:
            break
        query = "?before=" + page.split("before=")[1].split('"')[0]
    assert sorted(seen) == list(range(60))


@pytest.mark.parametrize(
    "place", ["x", "_", "2026-11-18_5", "2026-11-18T07:21:00+00:00_-1", "2026-11-18T07:21:00+00:00_9" + "9" * 30]
)
def test_a_place_that_is_none_is_refused(owner_client, dana, place):
    assert owner_client.get(address(dana), {"before": place}).status_code == 400


def test_swap_equals_reload(owner_client, dana):
    for number in range(30):
        joined(dana, str(number), occurred_at=NOW - timedelta(hours=number))
    assert_swap_equals_reload(owner_client, address(dana), "timeline")
    assert_swap_equals_reload(owner_client, address(dana, "?group=card"), "timeline")


def test_the_number_of_questions_does_not_grow_with_events(owner_client, dana, django_assert_max_num_queries):
    for number in range(30):
        joined(dana, str(number), actor="user:1")
    with django_assert_max_num_queries(14):
        part(owner_client, dana)


def test_a_contact_of_another_business_is_not_there(owner_client):
    assert owner_client.get(address(ContactFactory())).status_code == 404
    stranger = ContactFactory(workspace=WorkspaceFactory())
    url = reverse("timeline:contact_timeline", kwargs={"workspace": "foam", "pk": stranger.pk})
    assert owner_client.get(url).status_code == 404
