"""What an owner does with an automation in the browser, a step a function."""

from __future__ import annotations

import re
from typing import Any

from tests.browser import steps
from tests.browser.conftest import until
from tests.browser.steps import Owner


def make_from_template(owner: Owner, key: str, *, about: str) -> str:
    """A ready-made automation about something of the business; returns its path ("automations/3/")."""
    page = owner.go("automations/templates/")
    with page.expect_navigation():
        page.locator(f"main a[href$='?template={key}']").first.click()
    page.locator("main [name=about]").select_option(label=about)
    owner.submit()
    return path_of(page)


def make_empty(owner: Owner, name: str) -> str:
    page = owner.go("automations/new/")
    page.fill("main [name=name]", name)
    owner.submit()
    return path_of(page)


def path_of(page: Any) -> str:
    found = re.search(r"automations/\d+/", page.url)
    assert found, page.url
    return found[0]


def start_when(page: Any, event: str, subject: str) -> None:
    page.locator("#trigger-new").click()
    page.locator("#trigger-event").select_option(event)
    page.locator("#trigger-subject").select_option(label=subject)
    page.locator("form[action*='/triggers/'] button.m-button--primary").click()
    assert subject in page.locator("#trigger-0").inner_text()


def add_step(page: Any, kind: str, *, at: str = "start") -> None:
    """At the end of a path, where the last plus of the path stands; its settings open at the side."""
    page.locator(f"a.f-plus[href$='open=add-{at}']").last.click()
    page.locator(f"button.f-kind[value={kind}]").click()
    page.locator("form[action*='/steps/'][data-inline]").wait_for()


def write_mail(page: Any, purpose: str) -> None:
    """From the step that sends it to the editor of a new mail."""
    with page.expect_navigation():
        page.locator(f"button[name=purpose][value={purpose}]").click()
    page.locator(".m-block").first.wait_for()


def write_paragraph(page: Any, text: str, *, for_band: str) -> None:
    """A paragraph more, which only those read whose score is in that band."""
    before = page.locator(".m-block").count()
    page.locator("form:has(input[name=after]) >> xpath=..").locator("summary").click()
    page.locator("button.c-add[value=text]").click()
    until(lambda: page.locator(".m-block").count() == before + 1)
    steps.settled(page)
    panel = page.locator("#content-panel")
    panel.locator("textarea[name=text]").fill(text)
    steps.saved(page)
    panel.locator(".m-tabs a[href*='tab=focus']").click()
    steps.settled(page)
    panel.locator("input[name=audience][value=other]").check(force=True)
    panel.locator(".m-builder button[value^='add:']").first.click()
    steps.settled(page)
    what = panel.locator("select.m-rule__what").first
    what.select_option(panel.locator("option[value^='score:']").first.get_attribute("value"))
    steps.settled(page)
    panel.locator("select[name$='-op']").select_option(f"band:{for_band}")
    steps.saved(page)


def take_out(page: Any, place: int) -> None:
    """The block of that place."""
    before = page.locator(".m-block").count()
    block = page.locator(".m-block").nth(place).locator("a.m-block__words")
    block.click()
    steps.settled(page)
    page.locator("#content-panel .c-panel__verbs form[action$='/deletion/'] button").click()
    until(lambda: page.locator(".m-block").count() == before - 1)
    steps.settled(page)


def give_subject(owner: Owner, mailing: str, subject: str) -> None:
    page = owner.go(f"{mailing}details/")
    page.fill("[name=subject]", subject)
    owner.submit()


def switch_on(owner: Owner, automation: str, running: str) -> None:
    page = owner.go(automation)
    page.locator("main a[href*='open=on']").first.click()
    page.locator("form[action$='/on/'] button.m-button--primary").click()
    until(lambda: running in owner.go(automation).locator("main").inner_text())
