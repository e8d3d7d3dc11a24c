"""What an owner does in the browser, a step a function. Elements are found as a person finds them where that says something,
else by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from tests.browser.conftest import Product, until

PASSWORD = "a-long-enough-phrase"


@dataclass(slots=True)
class Owner:
    """A browser that is signed in, and the address of its business ("/w/foam/")."""

    page: Any
    home: str

    def go(self, path: str = "") -> Any:
        answer = self.page.goto(self.home + path)
        assert answer.status == 200, f"{self.home}{path}: {answer.status}"
        return self.page

    def submit(self, form: str = "main form") -> None:
        with self.page.expect_navigation():
            self.page.locator(f"{form} button.m-button--primary").last.click()


def open_business(page: Any, product: Product, *, name: str, language: str) -> Owner:
    """The first time the whole installation is opened by its first-run page; later the same owner opens another business."""
    if not product.owner:
        page.goto("/")
        assert page.url.endswith("/setup/")
        product.owner = {"email": "maya@example.test", "password": PASSWORD}
        details = {"business": name, "name": "מאיה", "email": product.owner["email"], "password": PASSWORD}
        for field, value in details.items():
            page.fill(f"[name={field}]", value)
    else:
        sign_in(page, product)
        page.goto("/businesses/new/")
        page.fill("[name=name]", name)
    page.select_option("[name=language]", language)
    with page.expect_navigation():
        page.locator("main form.m-form button[type=submit]").click()
    speak(page, language)
    return Owner(page, re.sub(r"^https?://[^/]+", "", page.url))


def sign_in(page: Any, product: Product) -> None:
    page.goto("/login/")
    page.fill("[name=login]", product.owner["email"])
    page.fill("[name=password]", product.owner["password"])
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()


def speak(page: Any, language: str) -> None:
    """The interface follows the user, so the user says which."""
    if page.locator("html").get_attribute("lang") != language:
        with page.expect_navigation():
            page.evaluate("value => document.querySelector(`button[name=language][value=${value}]`).click()", language)
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "he" else "ltr")


def say_who_sends(owner: Owner, *, name: str) -> None:
    page = owner.go("settings/sender/")
    page.fill("[name=sender_name]", name)
    page.fill("[name=sender_email]", "hello@foam.example.test")
    page.fill("[name=postal_address]", "הרצל 1, חולון")
    owner.submit()


def make_list(owner: Owner, name: str) -> None:
    page = owner.go("lists/new/")
    page.fill("[name=name]", name)
    owner.submit()


def add_contact(owner: Owner, *, first_name: str, email: str, on_list: str) -> str:
    """Adds a contact with consent that was given aloud; returns the path of the card."""
    page = owner.go("contacts/new/")
    page.fill("[name=first_name]", first_name)
    page.fill("[name=email]", email)
    page.get_by_label(on_list).check()
    owner.submit()
    card = re.sub(r"^.*?/contacts/", "contacts/", page.url)
    page.locator("#consent-panel .m-card__head a").click()
    proofs = page.locator("#consent-proofs")
    proofs.locator("[name=channel]").select_option("email")
    proofs.locator("[name=state][value=granted]").check()
    proofs.locator("[name=note]").fill("בטלפון, 18/11/2026")
    proofs.locator("form button[type=submit], form button:not([type])").last.click()
    proofs.locator(".m-pill--leaf").first.wait_for()
    return card


def publish_share_page(owner: Owner, *, name: str, on_list: str, share_text: str) -> str:
    """The ready page for friends: joiners go to the list, the owner's words go to WhatsApp; returns its public path."""
    page = owner.go("pages/new/")
    page.fill("[name=name]", name)
    page.locator("[name=template][value=friend]").check(force=True)
    owner.submit()
    open_block(page, "brand-whatsapp")
    page.locator("#content-panel [name=text]").fill(share_text)
    saved(page)
    open_block(page, "forms")
    page.locator("#content-panel").get_by_label(on_list).check()
    saved(page)
    with page.expect_navigation():
        page.locator("form[action$='/publication/'] button").first.click()
    owner.go("pages/")
    return str(page.locator("a[href*='/p/']").first.get_attribute("href"))


def open_block(page: Any, icon: str) -> None:
    """Chooses the first block whose icon this is."""
    page.locator(f".m-block:has(use[href*='#{icon}']) a.m-block__words").first.click()
    page.locator(f"#content-panel .c-panel__head use[href*='#{icon}']").wait_for(state="attached")


def settled(page: Any) -> None:
    """What was asked has come and is drawn: a person sees that before they press the next thing."""
    until(lambda: page.evaluate("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"))


def saved(page: Any) -> None:
    """Saving happens by itself, a moment after the last letter; it is done when the revision has come to rest."""
    page.keyboard.press("Tab")
    seen: list[str] = []

    def rests() -> bool:
        busy = page.evaluate("document.querySelectorAll('.htmx-request').length")
        seen.append(f"{page.locator('#content-revision').input_value()} {busy}")
        return len(seen) > 8 and len(set(seen[-8:])) == 1 and not busy

    until(rests)


def send_mailing(owner: Owner, *, name: str, subject: str, to: str, page_name: str, button: str) -> str:
    """An advertisement whose button leads to the page, sent to a list; returns the path of its report."""
    page = owner.go("mailings/new/")
    page.locator("[name=purpose][value=advertisement]").check(force=True)
    page.fill("[name=name]", name)
    page.fill("[name=subject]", subject)
    owner.submit()
    open_block(page, "hand-click")
    panel = page.locator("#content-panel")
    panel.locator("[name=text]").fill(button)
    panel.locator("select").first.select_option(label=page_name)
    saved(page)
    audience = re.sub(r"^https?://[^/]+(/w/[^/]+/)(mailings/\d+/).*", r"\2audience/", page.url)
    owner.go(audience)
    page.locator("[name=lists]").first.wait_for(state="attached")
    page.get_by_label(to).first.check()
    owner.submit()
    start = page.locator("form[action$='/start/'] button")
    assert start.count(), page.locator("main").inner_text()
    start.click()
    with page.expect_navigation():
        page.locator("#m-confirm-yes").click()
    return re.sub(r"audience/$", "", audience)


def received(product: Product, address: str, *, patience: float = 60) -> EmailMessage:
    """The newest mail that the independent server took for this address, parsed."""

    def newest() -> dict[str, Any] | None:
        mails = [mail for mail in product.sink.mails if address in mail["to"]]
        return mails[-1] if mails else None

    return parsed(until(newest, patience=patience))


def parsed(mail: dict[str, Any]) -> EmailMessage:
    """What the sink wrote down of a mail, as a message."""
    message = message_from_bytes(mail["mime"].encode("latin-1"), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def links_of(message: EmailMessage) -> list[str]:
    """The tracked links of the HTML part, in order."""
    html = message.get_body(("html",))
    assert html is not None
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*/l/[^"]+)"', html.get_content())]
