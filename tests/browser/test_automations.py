"""The satisfaction story: a reply made from its template, switched on, and received once by whoever answered on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser import steps, surveying
from tests.browser.conftest import Product, until

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Words:
    language: str
    business: str
    survey: str
    high: str
    low: str
    running: str


HEBREW = Words("he", "קצף וזוהר", "סקר שביעות רצון", "שמחנו לקרוא", "צר לנו", "פועלת")
ENGLISH = Words("en", "Foam & Glow", "Satisfaction survey", "We are glad you are pleased", "We are sorry", "Running")


@pytest.mark.parametrize("words", [HEBREW, ENGLISH], ids=["he", "en"])
def test_whoever_answers_gets_the_reply_of_their_score_once(
    product: Product, device: Callable[..., Any], words: Words
) -> None:
    owner = steps.open_business(device(language=words.language), product, name=words.business, language=words.language)
    steps.say_who_sends(owner, name=words.business)
    public = surveying.open_survey(owner, surveying.make_from_template(owner, "satisfaction"))
    automation = reply_from_template(owner, words)
    marks = {"high": (5, 5, 1), "low": (1, 2, 1)}
    people = {name: f"{name}.{words.language}@reply.example.test" for name in marks}
    for name, email in people.items():
        answered(device(phone=True, language=words.language), public, name, email, marks[name])
    told = {name: text_of(steps.received(product, email)) for name, email in people.items()}
    assert [words.high in told["high"], words.low in told["high"]] == [True, False]
    assert [words.high in told["low"], words.low in told["low"]] == [False, True]
    until(lambda: len(walks_on(owner, automation)) == 2)
    the_card_says_why(owner, automation)
    assert [len([mail for mail in product.sink.mails if email in mail["to"]]) for email in people.values()] == [1, 1]


def reply_from_template(owner: steps.Owner, words: Words) -> str:
    """Four presses: the template, make it, switch on, yes. Returns the path of the automation ("automations/3/")."""
    page = owner.go("automations/templates/")
    with page.expect_navigation():
        page.locator("main a[href$='?template=satisfaction']").first.click()
    page.locator("main [name=about]").select_option(label=words.survey)
    with page.expect_navigation():
        page.locator("main form button.m-button--primary").first.click()
    found = re.search(r"automations/\d+/", page.url)
    assert found, page.url
    page.locator("main a[href*='open=on']").first.click()
    page.locator("form[action$='/on/'] button.m-button--primary").click()
    until(lambda: words.running in owner.go(found[0]).locator("main").inner_text())
    return found[0]


def answered(page: Any, public: str, name: str, email: str, marks: tuple[int, ...]) -> None:
    page.goto(public)
    page.fill("[name=first_name]", name)
    page.fill("[name=email]", email)
    surveying.rate(page, *marks)
    surveying.send(page)
    assert "/thanks/" in page.url


def text_of(message: Any) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def walks_on(owner: steps.Owner, automation: str) -> list[str]:
    page = owner.go("automations/walks/")
    return list(page.locator("main a[href*='/walks/']").all_inner_texts())


def the_card_says_why(owner: steps.Owner, automation: str) -> None:
    """From the list of walks to one of them, which tells its path; and from there to the card, which leads back."""
    page = owner.page
    with page.expect_navigation():
        page.locator("main a[href*='/walks/']").first.click()
    assert len(page.locator("main li").all_inner_texts()) >= 3
    with page.expect_navigation():
        page.locator("main a[href*='/contacts/']").first.click()
    assert page.locator("main a[href*='/walks/']").count() == 1
