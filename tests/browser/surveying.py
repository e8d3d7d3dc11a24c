"""What an owner does with a survey in the browser, and what the people do who answer it, a step a function."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import EmailMessage
from html import unescape
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from tests.browser.steps import Owner

Band = tuple[str, str, int, int]
INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
ACTION = re.compile(r'<form class="p-form s-form" method="post" action="([^"]+)"')


def make_from_template(owner: Owner, key: str) -> str:
    """Takes a ready-made survey as it is; returns the survey's path ("surveys/7/")."""
    page = owner.go("surveys/templates/")
    with page.expect_navigation():
        page.locator(f"main a[href$='?template={key}']").click()
    owner.submit()
    return path_of(page)


def make_empty(owner: Owner, kind: str, name: str) -> str:
    page = owner.go("surveys/new/")
    with page.expect_navigation():
        page.locator(f"main a[href='?kind={kind}']").click()
    page.fill("[name=name]", name)
    owner.submit()
    return path_of(page)


def path_of(page: Any) -> str:
    found = re.search(r"/(surveys/\d+/)edit/", page.url)
    assert found, page.url
    return found[1]


def address_in(owner: Owner, screen: str, pattern: str) -> str:
    """The first address of this pattern that the screen leads to."""
    found = re.search(rf"{re.escape(owner.home)}({pattern})", owner.go(screen).content())
    assert found, f"no {pattern} on {screen}"
    return found[1]


def ask(page: Any, type: str, label: str, *, options: Sequence[str] = (), **words: str) -> None:
    """`words` are other inputs of the form by name: low_label, high_label, section."""
    page.locator(f"#question-new a[href$='type={type}']").click()
    form = page.locator("#form-new")
    form.locator("[name=label]").fill(label)
    for name, value in words.items():
        form.locator(f"[name={name}]").fill(value)
    for place, option in enumerate(options):
        form.locator("[name=option_label]").nth(place).fill(option)
    form.locator("button.m-button--primary").click()
    form.wait_for(state="detached")
    assert label in labels(page)


def labels(page: Any) -> list[str]:
    """The questions in their order."""
    return [text.strip() for text in page.locator("#question-list h2").all_inner_texts()]


def add_score(owner: Owner, survey: str, name: str, bands: Sequence[Band]) -> None:
    """Of all the ratings, summed, with these bands in place of those that the screen suggests."""
    page = owner.go(f"{survey}edit/")
    with page.expect_navigation():
        page.locator("main a[href$='/scores/new/']").click()
    page.fill("[name=name]", name)
    page.fill("[name=field_label]", name)
    for place, (title, tone, low, high) in enumerate(bands):
        page.fill(f"[name=band_name_{place}]", title)
        page.select_option(f"[name=band_tone_{place}]", tone)
        page.fill(f"[name=band_lowest_{place}]", str(low))
        page.fill(f"[name=band_highest_{place}]", str(high))
    owner.submit("form.sr-score")


def open_survey(owner: Owner, survey: str) -> str:
    """Returns the address of its page."""
    page = owner.go(f"{survey}edit/")
    with page.expect_navigation():
        page.locator("main a[href$='/open/']").click()
    owner.submit()
    return str(page.locator("main [data-copy]").get_attribute("data-copy"))


def close_survey(owner: Owner, survey: str) -> None:
    page = owner.go(f"{survey}edit/")
    page.locator("form[action$='/close/'] button").first.click()
    with page.expect_navigation():
        page.locator("#m-confirm-yes").click()


def personal_link(message: EmailMessage, public: str) -> str:
    """The link to this survey's page that was written for the reader of this mail."""
    html = message.get_body(("html",))
    assert html is not None
    found = re.search(rf'href="({re.escape(public)}[^"]+)"', html.get_content())
    assert found, html.get_content()
    return unescape(found[1])


def rate(page: Any, *marks: int) -> None:
    """Presses one step of each scale on this part, in order."""
    scales = page.locator("fieldset.s-question--rating")
    assert scales.count() == len(marks)
    for place, mark in enumerate(marks):
        scales.nth(place).locator(".s-step", has_text=re.compile(rf"^\s*{mark}\b")).click()


def send(page: Any) -> None:
    with page.expect_navigation():
        page.locator("form.s-form .s-steps button").first.click()


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None


def vote(public: str, choice: int, email: str) -> None:
    """Somebody whose browser runs no script opens the page, chooses the option of that place and says who they are."""
    browser = build_opener(_Stay)
    with browser.open(public) as page:
        html = page.read().decode()
    action, hidden = ACTION.search(html), dict(INPUT.findall(html))
    options = re.findall(r'<input type="radio" name="(q\d+)" value="([^"]+)"', html)
    assert action, html
    body = {**hidden, options[choice][0]: options[choice][1], "email": email}
    address = urljoin(public, unescape(action[1]))
    origin = re.match(r"https?://[^/]+", public)
    assert origin
    with _sent(browser, Request(address, urlencode(body).encode(), {"Origin": origin[0]}, method="POST")) as answer:
        assert answer.status == 303, answer.status


def _sent(browser: OpenerDirector, request: Request) -> Any:
    try:
        return browser.open(request)
    except HTTPError as answer:  # a redirect that is not followed is one
        return answer


def tab_to(page: Any, selector: str, *, most: int = 80) -> None:
    """Presses Tab until the keyboard stands on it: only what a keyboard reaches is found."""
    for _press in range(most):
        if is_at(page, selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}; it is at {focused(page)}")


def is_at(page: Any, selector: str) -> bool:
    """Whether the keyboard stands on it."""
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement?.outerHTML.slice(0, 160)"))
