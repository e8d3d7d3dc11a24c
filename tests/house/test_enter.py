"""Enter, pressed in an input, does what the form is for: browsers press the form's first button, wherever it stands and
whatever it does. So none that moves, removes or draws again comes before the one that saves, with scripts or without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test.html import Element

from tests.house.conftest import Pair
from tests.house.screens import TYPED, Screen, attributes, none_of

WRITTEN = TYPED | {"number", "date", "datetime-local", "time"}
Said = dict[str, str]


def first_buttons(screen: Screen, *, scripts: bool) -> Iterator[tuple[Said, Said]]:
    """(form, the button that Enter presses) for each form in which something can be written on one line."""
    forms: dict[int, Said] = {}
    named: dict[str, int] = {}
    written: set[int] = set()
    pressed: dict[int, Said] = {}
    for element, said, above in screen.elements:
        if element.name == "form":
            forms[id(element)] = said
            named[said.get("id", "")] = id(element)
        if scripts and any(outer.name == "noscript" for outer in above):
            continue
        own = named.get(said["form"]) if "form" in said else _innermost(above, forms)
        if own is not None and element.name == "input" and said.get("type", "") in WRITTEN:
            written.add(own)
        if own is not None and _submits(element):
            pressed.setdefault(own, said)
    return ((forms[own], pressed[own]) for own in sorted(written & pressed.keys()))


def _innermost(above: tuple[Element, ...], forms: dict[int, Said]) -> int | None:
    return next((id(outer) for outer in reversed(above) if id(outer) in forms), None)


def _submits(element: Element) -> bool:
    said = attributes(element)
    kind = said.get("type", "submit" if element.name == "button" else "")
    return element.name in ("button", "input") and kind in ("submit", "image")


def fault(form: Said, button: Said) -> str:
    """What Enter would do that the form is not for; "" where it does what it should."""
    if "disabled" in button:
        return "nothing"
    if "formaction" in button or button.get("hx-post", form.get("hx-post")) != form.get("hx-post"):
        return f"go to {button.get('formaction') or button['hx-post']}"
    is_aside = "name" in button and "m-button--primary" not in button.get("class", "")
    return f"{button['name']}={button.get('value')}" if is_aside else ""


def faults_of(screens: Iterable[Screen]) -> tuple[int, dict[str, str]]:
    """How many forms were looked at, and {what is wrong: where}."""
    faults: dict[str, str] = {}
    count = 0
    for screen in screens:
        for scripts in (True, False):
            for form, button in first_buttons(screen, scripts=scripts):
                count += 1
                if wrong := fault(form, button):
                    faults.setdefault(f"{form.get('id') or form.get('action')}: Enter would {wrong}", screen.url)
    return count, faults


def test_enter_does_what_the_form_is_for(pair: Pair, signed_in: Any) -> None:
    count, faults = faults_of(pair.crawl(signed_in()).screens)
    assert count > 50
    none_of(f"{url}: {wrong}" for wrong, url in faults.items())


@pytest.mark.parametrize("type", ["text", "choice", "rating"])
def test_enter_does_what_the_form_is_for_in_what_opens_in_place(pair: Pair, signed_in: Any, type: str) -> None:
    """A field in the drawer and a question in the builder, of a kind whose form has buttons of its own."""
    browser, start = signed_in(), f"/w/{pair.ours.slug}"
    addresses = [f"{start}/fields/quick/", f"{start}/surveys/{pair.ours.survey.pk}/questions/new/"]
    answers = [browser.post(url, {"type": type, "redraw": "type"}, headers={"HX-Request": "true"}) for url in addresses]
    count, faults = faults_of(Screen(url, answer) for url, answer in zip(addresses, answers, strict=True))
    assert count == 2 * len(addresses)
    none_of(f"{url}: {wrong}" for wrong, url in faults.items())
