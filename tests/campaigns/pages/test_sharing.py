"""The share button, the codes, and the whole story of a friend."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from campaigns.pages.models import LandingPage, Referral, ShareLink
from campaigns.pages.sharing import Someone, link_for, tap, whatsapp_url
from crm.contacts.models import Contact
from crm.timeline.models import Event
from crm.visitors.models import Visitor
from tests.campaigns.pages.conftest import WHATSAPP_ROBOT, Browser, url_of
from tests.campaigns.pages.factories import ShareLinkFactory
from tests.crm.factories import ContactFactory, VisitorFactory

pytestmark = pytest.mark.django_db
Browsers = Callable[..., Browser]
SHARE_TEXT = "מצאתי משהו בשבילך, שווה להציץ:"


@pytest.fixture
def dana(page: LandingPage) -> Contact:
    return ContactFactory(workspace=page.workspace, first_name="דנה")


def shared_text(response: Any) -> str:
    location = urlsplit(response.headers["Location"])
    assert (location.scheme, location.netloc, location.path) == ("https", "wa.me", "/")
    return parse_qs(location.query, strict_parsing=True)["text"][0]


def report(browser: Browser, page: LandingPage, kind: str, **facts: Any) -> int:
    body = json.dumps({"k": kind, "p": page.pk, **facts})
    response = browser.post(f"/b/{page.workspace.slug}/", body, content_type="text/plain")
    return int(response.status_code)


def test_a_tap_opens_whatsapp_with_the_words_and_the_sharers_own_clean_link(
    page: LandingPage, dana: Contact, phone: Browser
) -> None:
    response = phone.greet(dana).get(f"{url_of(page)}share/")
    code = ShareLink.objects.get(contact=dana).code
    assert response.status_code == 302
    assert response.headers["Cache-Control"] == "private, no-store"
    assert shared_text(response) == f"{SHARE_TEXT}\nhttp://localhost:8000{url_of(page)}?r={code}"
    event = Event.objects.get()
    assert (event.kind, event.contact, event.subject_id, event.verdict) == ("share.clicked", dana, page.pk, "human")
    assert event.properties["code"] == code


def test_the_words_reach_whatsapp_to_the_letter() -> None:
    words = "100% & more?\n\"quoted\" #1 + 'שלום' 👋"
    url = whatsapp_url(words, "https://x.test/p/a/b/?r=ABC")
    assert parse_qs(urlsplit(url).query)["text"] == [f"{words}\nhttps://x.test/p/a/b/?r=ABC"]


def test_everybody_keeps_one_code_a_page(page: LandingPage, dana: Contact) -> None:
    assert link_for(page, Someone(dana)) == link_for(page, Someone(dana))
    assert link_for(page, Someone(ContactFactory(workspace=page.workspace))) != link_for(page, Someone(dana))


def test_a_code_that_is_taken_is_rolled_again(
    page: LandingPage, dana: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = ShareLinkFactory(page=page).code
    rolls = iter([taken, taken, "ABCDEFG"])
    monkeypatch.setattr("campaigns.pages.sharing.new_code", lambda: next(rolls))
    link = link_for(page, Someone(dana))
    assert link is not None
    assert link.code == "ABCDEFG"


def test_a_robot_that_taps_makes_no_code(page: LandingPage, browser: Browsers) -> None:
    response = browser(WHATSAPP_ROBOT).get(f"{url_of(page)}share/")
    assert shared_text(response).endswith(url_of(page))
    assert not ShareLink.objects.exists()
    assert Event.objects.get().verdict == "robot"


def test_a_robot_in_a_contacts_browser_makes_no_code_either(
    page: LandingPage, dana: Contact, browser: Browsers
) -> None:
    response = browser(WHATSAPP_ROBOT).greet(dana).get(f"{url_of(page)}share/")
    assert shared_text(response).endswith(url_of(page))
    assert not ShareLink.objects.exists()


def test_a_friend_of_a_friend_still_came_thanks_to_the_first(page: LandingPage, phone: Browser) -> None:
    link = ShareLinkFactory(page=page)
    origin = f"http://testserver{url_of(page)}?r={link.code}"
    response = phone.get(f"{url_of(page)}share/", headers={"Referer": origin})
    assert shared_text(response).endswith(f"?r={link.code}")
    assert Event.objects.get().contact is None


def test_somebody_nobody_knows_shares_the_plain_address(page: LandingPage, phone: Browser) -> None:
    assert shared_text(phone.get(f"{url_of(page)}share/?s=%00&at=x")).endswith(url_of(page))
    assert not ShareLink.objects.exists()
    assert not Visitor.objects.exists()


def test_a_visitor_nobody_knows_has_a_code_too(page: LandingPage, phone: Browser) -> None:
    visitor = VisitorFactory(workspace=page.workspace)
    response = phone.follow_as(visitor).get(f"{url_of(page)}share/")
    assert shared_text(response).endswith(ShareLink.objects.get(visitor=visitor).code)


def test_a_code_of_another_page_is_not_passed_on(page: LandingPage) -> None:
    assert "?r=" not in tap(page, Someone(), came_with=ShareLinkFactory().code)


# -- landings ---------------------------------------------------------------------------------------------------------------


def test_a_landing_is_told_by_the_beacon(page: LandingPage, dana: Contact, phone: Browser) -> None:
    link = ShareLinkFactory(page=page, contact=dana)
    assert report(phone, page, "page.viewed") == 204
    assert report(phone, page, "share.landed", r=link.code.lower()) == 204
    viewed, landed = Event.objects.order_by("pk")
    assert (viewed.kind, viewed.contact, viewed.visitor, viewed.subject_id) == ("page.viewed", None, None, page.pk)
    assert (landed.kind, landed.verdict, landed.properties["code"]) == ("share.landed", "human", link.code)


def test_without_javascript_the_pixel_tells_both(page: LandingPage, phone: Browser) -> None:
    link = ShareLinkFactory(page=page)
    assert f"/b/{page.workspace.slug}/p.gif?k=page.viewed&amp;p={page.pk}" in phone.see(page).content.decode()
    origin = f"http://testserver{url_of(page)}?r={link.code}&utm_source=flyer"
    phone.get(f"/b/{page.workspace.slug}/p.gif?k=page.viewed&p={page.pk}", headers={"Referer": origin})
    assert sorted(Event.objects.values_list("kind", "source")) == [("page.viewed", "flyer"), ("share.landed", "share")]


def test_a_view_is_somebodys_only_with_consent_to_browsing(page: LandingPage, dana: Contact, phone: Browser) -> None:
    report(phone.greet(dana), page, "page.viewed")
    visitor = VisitorFactory(workspace=page.workspace)
    report(phone.follow_as(visitor), page, "page.viewed")
    assert list(Event.objects.order_by("pk").values_list("contact", "visitor")) == [(None, None), (None, visitor.pk)]


def test_time_on_a_page_is_kept_within_reason(page: LandingPage, phone: Browser) -> None:
    report(phone, page, "page.engaged", seconds=9e9, depth=-3)
    report(phone, page, "page.engaged", seconds=0, depth=50)
    report(phone, page, "page.engaged", seconds="x")
    assert Event.objects.get().properties == {"seconds": 3600, "depth": 0}


@pytest.mark.parametrize("facts", [{"p": 0}, {"p": "x"}, {"p": -1}, {"p": 10**15}, {"p": True}, {"p": "²"}, {"p": 1.5}])
def test_a_report_of_no_page_is_refused(page: LandingPage, phone: Browser, facts: dict[str, Any]) -> None:
    assert report(phone, page, "page.viewed", **facts) == 400
    assert not Event.objects.exists()


def test_a_report_of_another_businesss_page_is_refused(page: LandingPage, phone: Browser) -> None:
    foreign = ShareLinkFactory().page
    assert report(phone, page, "page.viewed", p=foreign.pk) == 400


# -- the story ------------------------------------------------------------------------------------------------------------


def share(browser: Browser, page: LandingPage) -> str:
    return "?" + shared_text(browser.get(f"{url_of(page)}share/")).rpartition("?")[2]


GIL = {"first_name": "גיל", "email": "gil@example.test", "consent_email": "1"}


def test_the_share_story(page: LandingPage, dana: Contact, browser: Browsers) -> None:
    hers = browser().greet(dana)
    assert "היי דנה," in hers.see(page).content.decode()
    link = share(hers, page)

    robot = browser(WHATSAPP_ROBOT)
    robot.see(page, link)
    report(robot, page, "share.landed", r=link[3:])

    gils = browser()
    assert "נעים להכיר!" in gils.see(page, link).content.decode()
    report(gils, page, "share.landed", r=link[3:])
    gils.send(page, link, **GIL)

    referral = Referral.objects.get()
    gil = Contact.objects.get(email="gil@example.test")
    assert (referral.sharer, referral.friend) == (dana, gil)
    assert gil.consents.get().state == "granted"
    assert gil.source == "share"
    landings = Event.objects.filter(kind="share.landed").order_by("pk")
    assert list(landings.values_list("verdict", flat=True)) == ["robot", "human"]
    html = hers.see(page).content.decode()
    assert "חבר אחד כבר הצטרף בזכותך." in html
    assert "גיל" not in html  # another person's name never appears on a page


def test_a_robot_that_fills_the_form_in_earns_nobody_anything(page: LandingPage, browser: Browsers) -> None:
    link = ShareLinkFactory(page=page)
    browser("python-requests/2.32").send(page, f"?r={link.code}", **GIL)
    assert not Referral.objects.exists()
    assert Event.objects.get(kind="form.submitted").verdict == "robot"


def test_the_sharer_who_signs_up_again_by_their_own_link_earns_nothing(
    page: LandingPage, dana: Contact, phone: Browser, browser: Browsers
) -> None:
    link = share(phone.greet(dana), page)
    stamped = browser().see(page)
    assert stamped.status_code == 200
    from tests.campaigns.pages.test_submitting import stamp_of

    phone.send(page, link, stamp=stamp_of(page), first_name="דנה", email="dana.other@example.test")
    assert Contact.objects.filter(email="dana.other@example.test").exists()
    assert not Referral.objects.exists()


def test_a_forwarded_personal_link_merges_nobody_and_after_not_you_the_friend_is_credited(
    page: LandingPage, dana: Contact, browser: Browsers
) -> None:
    """Dana forwards her own mail: the friend's phone greets Dana; the friend says "not you" and signs up."""
    link = share(browser().greet(dana), page)
    gils = browser().greet(dana)
    gils.post(f"{url_of(page)}not-you/{link}")
    gils.send(page, link, **GIL)
    gil = Contact.objects.get(email="gil@example.test")
    assert gil.merged_into is None
    assert Contact.objects.get(pk=dana.pk).email == dana.email
    assert Referral.objects.get().sharer == dana


def test_signing_up_in_the_same_breath_twice_credits_once(page: LandingPage, dana: Contact, browser: Browsers) -> None:
    link = share(browser().greet(dana), page)
    friend = browser()
    for _time in range(2):
        friend.send(page, link, **GIL) if _time == 0 else browser().send(page, link, **GIL)
    assert Referral.objects.count() == 1
    assert Event.objects.filter(kind="referral.credited").count() == 1
