"""A business mails its list; a contact shares with a friend; the friend joins, credited; the funnel shows them both."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser import steps
from tests.browser.conftest import Product

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Words:
    language: str
    business: str
    list: str
    page: str
    known: str
    friend: str
    mailing: str
    prefix: str
    button: str
    share_text: str
    hello: str
    welcome: str


HEBREW = Words(
    language="he",
    business="קצף וזוהר",
    list="ניוזלטר",
    page="לתת לחבר רכב נקי",
    known="דנה",
    friend="גיל",
    mailing="הרכב שלך כבר זוהר. של מי עוד?",
    prefix="פרסומת",
    button="לשלוח לחבר",
    share_text="מצאתי משהו לרכב, שווה להציץ (15% & עוד!):",
    hello="דנה",
    welcome="נעים להכיר",
)
ENGLISH = Words(
    language="en",
    business="Foam & Glow",
    list="Newsletter",
    page="Give a friend a clean car",
    known="Dana",
    friend="Gil",
    mailing="Your car already glows. Whose is next?",
    prefix="Advertisement",
    button="Send to a friend",
    share_text="I found something for the car, worth a look (15% & more!):",
    hello="Dana",
    welcome="Nice to meet you",
)
WHATSAPP_ROBOT = {"User-Agent": "WhatsApp/2.23.20.0 A"}


@pytest.mark.parametrize("words", [HEBREW, ENGLISH], ids=["he", "en"])
def test_the_share_story(product: Product, device: Callable[..., Any], words: Words) -> None:
    email = f"dana.{words.language}@example.test"
    owner = steps.open_business(device(language=words.language), product, name=words.business, language=words.language)
    steps.say_who_sends(owner, name=words.business)
    steps.make_list(owner, words.list)
    dana_card = steps.add_contact(owner, first_name=words.known, email=email, on_list=words.list)
    public = steps.publish_share_page(owner, name=words.page, on_list=words.list, share_text=words.share_text)
    report = steps.send_mailing(
        owner, name=words.mailing, subject=words.mailing, to=words.list, page_name=words.page, button=words.button
    )

    mail = steps.received(product, email)
    assert mail["Subject"] == f"{words.prefix}: {words.mailing}"
    personal = steps.links_of(mail)[0]

    phone = device(phone=True, language=words.language)
    greeted(phone, personal, public, words)
    code = shares(phone, product, public, words)
    robots_see_it(product, public, code)

    friend = device(phone=True, language=words.language)
    friend_card_email = f"gil.{words.language}@example.test"
    joins(friend, f"{public}?r={code}", words, friend_card_email)

    gil_card = both_cards_tell(owner, words, dana_card, friend_card_email)
    the_funnel_shows_both(owner, words, public)

    greeted(device(language=words.language), personal, public, words)  # the same contact, on a laptop
    forwarded(friend, personal, owner, words, gil_card)
    owner.go(report)
    assert owner.page.locator("body").inner_text().count("1") > 0


def greeted(page: Any, personal: str, public: str, words: Words) -> None:
    """The personal link leads to a clean address and to a page that calls the contact by name."""
    page.goto(personal)
    assert re.sub(r"^https?://[^/]+", "", page.url) == urlsplit(public).path
    text = page.locator("main").inner_text()
    assert words.hello in text
    assert words.welcome not in text
    assert page.locator("form input[name=email]").count() == 0


def shares(page: Any, product: Product, public: str, words: Words) -> str:
    """The button opens WhatsApp with the owner's words letter by letter, and the contact's code in a clean address."""
    with page.expect_request(re.compile(r"^https://wa\.me/")) as asked:
        page.locator("a[href*='/share/']").click()
    text = parse_qs(urlsplit(asked.value.url).query, strict_parsing=True)["text"][0]
    said, link = text.rsplit("\n", 1)
    assert said == words.share_text
    found = re.fullmatch(re.escape(product.url + urlsplit(public).path) + r"\?r=([A-Z0-9]+)", link)
    assert found is not None, link
    return found[1]


def robots_see_it(product: Product, public: str, code: str) -> None:
    """WhatsApp fetches a preview of the link, and its picture of the page is a stranger's."""
    address = f"{product.url}{urlsplit(public).path}?r={code}"
    for method in ("GET", "HEAD"):
        with urllib.request.urlopen(urllib.request.Request(address, headers=WHATSAPP_ROBOT, method=method)) as answer:
            assert answer.status == 200
            assert "Set-Cookie" not in answer.headers


def joins(page: Any, link: str, words: Words, email: str) -> None:
    """A fresh browser meets the stranger's words and the form, and signs up."""
    page.goto(link)
    text = page.locator("main").inner_text()
    assert words.welcome in text
    assert words.known not in text
    page.wait_for_timeout(2500)  # a person needs longer than a robot; the form knows
    page.fill("[name=first_name]", words.friend)
    page.fill("[name=email]", email)
    page.locator("form input[type=checkbox]").first.check()
    with page.expect_navigation():
        page.locator("form button[type=submit], form button:not([type])").last.click()
    assert "/thanks/" in page.url
    assert words.known not in page.locator("body").inner_text()


def both_cards_tell(owner: steps.Owner, words: Words, dana_card: str, friend_email: str) -> str:
    page = owner.go(dana_card)
    assert words.friend in page.locator("main").inner_text()
    owner.go(f"contacts/?q={friend_email}")
    assert page.locator("main a[href*='/contacts/']").first.is_visible()
    with page.expect_navigation():
        page.locator(f"main a[href*='/contacts/']:has-text('{words.friend}')").first.click()
    card = re.sub(r"^.*?/contacts/", "contacts/", page.url)
    text = page.locator("main").inner_text()
    assert words.known in text
    assert words.list in text
    page.locator("#consent-panel .m-consents--given").first.wait_for()
    return card


def the_funnel_shows_both(owner: steps.Owner, words: Words, public: str) -> None:
    """The ready model for sharing: two came, the friend joined, the contact shared and brought them; robots moved nothing."""
    page = owner.go("funnels/new/")
    page.fill("[name=name]", words.page)
    page.locator("[name=model][value=share]").check(force=True)
    owner.submit()
    owner.submit("form#stage-form")
    numbers = [text.strip() for text in page.locator(".m-stage__number").all_inner_texts()]
    assert numbers[1:] == ["1", "1", "1"], numbers
    assert numbers[0] == "2", numbers
    page.locator(".m-stage__number").nth(1).click()
    page.wait_for_load_state()
    assert words.friend in page.locator("main").inner_text()
    page.go_back()
    page.locator(".m-stage__number").nth(3).click()
    page.wait_for_load_state()
    assert words.known in page.locator("main").inner_text()


def forwarded(friend: Any, personal: str, owner: steps.Owner, words: Words, gil_card: str) -> None:
    """The friend opens a link that was meant for the contact: nobody becomes anybody else."""
    friend.goto(personal)
    page = owner.go("contacts/")
    people = page.locator("#contact-results").inner_text()
    assert people.count(words.friend) >= 1
    assert people.count(words.known) >= 1
    assert words.friend in owner.go(gil_card).locator("h1").inner_text()
