"""What strangers and contacts see of a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.pages import serving
from campaigns.pages.models import LandingPage, ShareLink
from campaigns.pages.publishing import publish, unpublish
from crm.timeline.models import Event
from crm.visitors.identifying import identify_by_form
from tests.campaigns.pages.conftest import LAPTOP, WHATSAPP_ROBOT, Browser, url_of
from tests.crm.factories import ContactFactory, VisitorFactory

pytestmark = pytest.mark.django_db
Browsers = Callable[..., Browser]


def test_every_stranger_gets_the_same_bytes(page: LandingPage, browser: Browsers) -> None:
    first = browser().see(page)
    others = [
        browser(LAPTOP).see(page, "?r=ABCDEFG&utm_source=x"),
        browser(WHATSAPP_ROBOT).see(page, **{"Accept-Language": "en", "Referer": "https://example.org/"}),
        Client().get(url_of(page)),
    ]
    odd = browser()
    odd.cookies.load({"mp_page": "forged", "mp_v": "x", f"mp_v.{page.workspace_id}": "AAAA", "other": "1"})
    others.append(odd.see(page))
    assert {response.content for response in others} == {first.content}
    for response in [first, *others]:
        assert response.status_code == 200
        assert response.headers["Cache-Control"].startswith("public, max-age=")
        assert "stale-while-revalidate" in response.headers["Cache-Control"]
        assert "Cookie" in response.headers["Vary"]
        assert not response.cookies
        assert response.headers["Content-Language"] == "he"
    assert "Accept-Language" not in first.headers["Vary"]


def test_a_strangers_page_carries_no_token_nonce_or_time(page: LandingPage, phone: Browser) -> None:
    html = phone.see(page).content.decode()
    assert "csrfmiddlewaretoken" not in html
    assert "nonce=" not in html
    assert "<script>" not in html
    assert "style=" not in html


def test_a_stranger_costs_no_query_once_the_page_is_warm(page: LandingPage, phone: Browser) -> None:
    phone.see(page)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert phone.see(page).status_code == 200
        assert phone.see(page, "?r=ABCDEFG").status_code == 200
    assert len(queries) == 0


def test_a_warm_page_has_the_headers_of_the_whole_stack(page: LandingPage, phone: Browser) -> None:
    cold = phone.see(page)
    warm = phone.see(page)
    assert dict(warm.headers) == dict(cold.headers)
    assert "Content-Security-Policy" in warm.headers
    assert not hasattr(warm.wsgi_request, "session")  # it came from the door


def test_the_process_asks_again_after_a_second_and_keeps_the_bytes(
    page: LandingPage, phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = phone.see(page)
    monkeypatch.setattr(serving, "FRESH_SECONDS", 0)
    with CaptureQueriesContext(connection) as queries:
        assert phone.see(page).content == first.content
    assert len(queries) == 1


def test_a_browser_that_has_the_page_is_told_so(page: LandingPage, phone: Browser) -> None:
    etag = phone.see(page).headers["ETag"]
    again = phone.see(page, **{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"].startswith("public")


def test_another_process_notices_a_new_version_within_a_second(
    page: LandingPage, phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = phone.see(page)
    page.document.blocks[3]["data"]["text"] = "ברוכים הבאים"
    page.document.save()
    kept = dict(serving._served)
    publish(page, by=None)
    serving._served.update(kept)  # as another process still has it
    assert phone.see(page).content == before.content
    monkeypatch.setattr(serving, "FRESH_SECONDS", 0)
    assert "ברוכים הבאים" in phone.see(page).content.decode()


def test_strangers_are_welcomed_and_offered_the_form(page: LandingPage, phone: Browser) -> None:
    html = phone.see(page).content.decode()
    assert "נעים להכיר!" in html
    assert 'name="stamp"' in html
    assert "היי" not in html
    assert "wa.me" not in html


def test_a_contact_is_greeted_by_first_name_and_may_share(page: LandingPage, phone: Browser) -> None:
    response = phone.greet(ContactFactory(workspace=page.workspace, first_name="דנה")).see(page)
    html = response.content.decode()
    assert "היי דנה," in html
    assert "נעים להכיר" not in html
    assert f"{url_of(page)}share/" in html
    assert "not-you" in html
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]
    assert "ETag" not in response.headers


def test_a_contacts_page_costs_few_queries(page: LandingPage, phone: Browser) -> None:
    phone.greet(ContactFactory(workspace=page.workspace))
    phone.see(page)
    with CaptureQueriesContext(connection) as queries:
        phone.see(page)
    assert len(queries) <= 4  # the contact, the rules, their code, the friends they brought


def test_a_change_of_the_business_shows_within_a_second(
    page: LandingPage, phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.see(page)
    page.workspace.name = "שם חדש לעסק"
    page.workspace.save()
    monkeypatch.setattr(serving, "FRESH_SECONDS", 0)
    assert "שם חדש לעסק" in phone.see(page).content.decode()


def test_the_same_contact_is_greeted_on_phone_and_laptop(page: LandingPage, browser: Browsers) -> None:
    dana = ContactFactory(workspace=page.workspace, first_name="דנה")
    for agent in (None, LAPTOP):
        machine = browser(agent) if agent else browser()
        assert "היי דנה," in machine.greet(dana).see(page).content.decode()


def test_two_contacts_never_see_each_others_page(page: LandingPage, browser: Browsers) -> None:
    dana = ContactFactory(workspace=page.workspace, first_name="דנה")
    yoav = ContactFactory(workspace=page.workspace, first_name="יואב")
    hers, his = browser().greet(dana), browser().greet(yoav)
    for _round in range(2):
        assert "יואב" not in hers.see(page).content.decode()
        assert "דנה" not in his.see(page).content.decode()
    assert "היי" not in browser().see(page).content.decode()


def test_a_name_full_of_markup_stays_a_name(page: LandingPage, phone: Browser) -> None:
    html = (
        phone.greet(ContactFactory(workspace=page.workspace, first_name="<script>alert(1)</script>")).see(page).content
    )
    assert b"<script>alert" not in html
    assert b"&lt;script&gt;" in html


def test_a_visitor_known_to_be_a_contact_is_greeted_without_a_session(page: LandingPage, phone: Browser) -> None:
    visitor = VisitorFactory(workspace=page.workspace)
    identify_by_form(visitor, ContactFactory(workspace=page.workspace, first_name="דנה"), is_new=True)
    assert "היי דנה," in phone.follow_as(visitor).see(page).content.decode()


def test_a_visitor_nobody_knows_gets_the_strangers_bytes(page: LandingPage, phone: Browser, browser: Browsers) -> None:
    followed = phone.follow_as(VisitorFactory(workspace=page.workspace)).see(page)
    assert followed.content == browser().see(page).content


def test_a_contact_of_another_business_is_a_stranger_here(page: LandingPage, phone: Browser, browser: Browsers) -> None:
    assert phone.greet(ContactFactory()).see(page).content == browser().see(page).content


def test_someone_in_the_bin_is_a_stranger(page: LandingPage, phone: Browser, browser: Browsers) -> None:
    assert (
        phone.greet(ContactFactory(workspace=page.workspace, binned=True)).see(page).content
        == browser().see(page).content
    )


def test_not_you_makes_a_stranger_and_keeps_the_friends_code(
    page: LandingPage, phone: Browser, browser: Browsers
) -> None:
    dana = ContactFactory(workspace=page.workspace)
    visitor = VisitorFactory(workspace=page.workspace)
    identify_by_form(visitor, dana, is_new=True)
    phone.greet(dana).follow_as(visitor)
    html = phone.see(page, "?r=ABCDEFG").content.decode()
    assert f'action="{url_of(page)}not-you/?r=ABCDEFG"' in html
    response = phone.post(f"{url_of(page)}not-you/?r=ABCDEFG")
    assert (response.status_code, response.headers["Location"]) == (303, f"{url_of(page)}?r=ABCDEFG")
    ended = response.cookies["mp_page"]
    assert (ended.value, ended["max-age"], ended["path"]) == ("", 0, f"/p/{page.workspace.slug}/")
    assert phone.see(page).content == browser().see(page).content
    assert dana.identities.count() == 1


def test_not_you_cannot_be_asked_by_a_link_or_another_site(page: LandingPage, phone: Browser) -> None:
    assert phone.get(f"{url_of(page)}not-you/").status_code == 405
    assert phone.post(f"{url_of(page)}not-you/", headers={"Origin": "https://evil.example"}).status_code == 403


def test_the_address_of_a_contacts_page_carries_no_identity(
    page: LandingPage, phone: Browser, browser: Browsers
) -> None:
    """What stands in the bar after a personal link is the clean address: copied, it is a stranger's page."""
    dana = ContactFactory(workspace=page.workspace, first_name="דנה")
    seen = phone.greet(dana).see(page)
    copied = seen.wsgi_request.get_full_path()
    assert copied == url_of(page)
    assert "דנה" not in browser().get(copied).content.decode()


def test_ones_own_link_leads_to_the_clean_address(page: LandingPage, phone: Browser) -> None:
    dana = ContactFactory(workspace=page.workspace)
    phone.greet(dana).see(page)
    code = ShareLink.objects.get(contact=dana).code
    response = phone.see(page, f"?r={code}")
    assert (response.status_code, response.headers["Location"]) == (302, url_of(page))


def test_head_writes_nothing(page: LandingPage, phone: Browser) -> None:
    dana = ContactFactory(workspace=page.workspace)
    phone.greet(dana)
    for path in ("", "share/", "thanks/"):
        response = phone.head(url_of(page) + path)
        assert response.status_code in (200, 302)
    assert not ShareLink.objects.exists()
    assert not Event.objects.exists()


def test_looking_at_a_page_writes_no_event(page: LandingPage, phone: Browser) -> None:
    phone.see(page, "?r=ABCDEFG")
    assert not Event.objects.exists()


def test_a_chat_finds_what_to_show_beside_the_link(page: LandingPage, browser: Browsers) -> None:
    page.description = 'שליחה אחת, "15%" לשניכם'
    page.save()
    serving.forget(page)
    html = browser(WHATSAPP_ROBOT).see(page, "?r=ABCDEFG").content.decode()
    assert '<meta property="og:title" content="לתת לחבר רכב נקי">' in html
    assert '<meta property="og:description" content="שליחה אחת, &quot;15%&quot; לשניכם">' in html
    assert f'<meta property="og:url" content="http://localhost:8000{url_of(page)}">' in html


def test_a_page_off_the_air_or_binned_is_not_there(page: LandingPage, phone: Browser) -> None:
    unpublish(page)
    for path in ("", "share/", "thanks/"):
        assert phone.get(url_of(page) + path).status_code == 404
    assert phone.post(url_of(page), {"stamp": "x"}).status_code == 404
    assert phone.get("/p/nobody/friend/").status_code == 404
