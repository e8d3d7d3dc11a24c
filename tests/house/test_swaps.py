"""Swap equals reload, on every screen; and whatever htmx does, a browser without it can do."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import Resolver404, resolve

from tests.house import routes, screens
from tests.house.conftest import ROLES, Pair
from tests.house.routes import Route
from tests.house.screens import Screen, attributes, none_of
from tests.swaps import TOKEN, elements, part

by_route = pytest.mark.parametrize("route", routes.members(), ids=str)

# A GET that answers a browser with a piece of a page on purpose: nothing leads there but htmx.
PIECES = {
    "bulk:act_progress": "the act's page has it, and asks for it again while the act moves",
    "bulk:act_strip": "the list of contacts has it, and asks for it again while an act moves",
    "consent:contact_panel": "the card has it, and draws it again when a consent was written down",
    "files:file_picker": "drawn into the panel of a block, whose form it belongs to",
    "mailings:mailing_progress": "the report has it, and asks for it again while a mailing runs",
}
# In the drawer a part has a head of its own; without htmx it is a page with a title.
DRAWERS = {
    "bulk:act_create",
    "consent:contact_consents",
    "contacts:contact_columns",
    "contacts:contact_filter",
    "contacts:view_create",
    "contacts:view_edit",
    "mailings:mailing_details",
}
# Documents of their own inside a sandboxed frame: strangers' forms, without a member's token.
FRAMES = ("/preview/", "/html/")
SENDS = ("hx-post", "hx-put", "hx-patch", "hx-delete")


def roots(markup: str) -> list[Any]:
    """The elements that stand side by side in a part, but for those that htmx puts elsewhere."""
    root = screens.parse_html(TOKEN.sub("", markup))
    found = [root] if root.name else [child for child in root.children if not isinstance(child, str)]
    return [each for each in found if "hx-swap-oob" not in attributes(each)]


def framed(screen: Screen) -> bool:
    return any(frame in screen.url for frame in FRAMES)


@by_route
def test_a_part_equals_the_same_place_of_the_page(route: Route, pair: Pair, signed_in: Any) -> None:
    client, url = signed_in(), route.url(pair.ours)
    page = screens.open_screen(client, url)
    if page is None or not page.is_page or route.name in DRAWERS:
        return
    swapped = client.get(url, headers={"HX-Request": "true"})
    assert swapped.status_code == 200
    body = swapped.content.decode()
    if "<html" in body:
        return  # the whole page, which htmx takes the target from
    for root in roots(body):
        identity = attributes(root).get("id", "")
        assert identity, f"the part's root <{root.name}> has no id"
        assert part(body, identity) == part(page.text, identity), f"#{identity}"


@by_route
def test_a_screen_is_a_page_or_says_why_not(route: Route, pair: Pair, signed_in: Any) -> None:
    """A GET that only htmx asks for still answers a browser with a page, or sends it to one."""
    screen = screens.open_screen(signed_in(), route.url(pair.ours))
    if screen is not None:
        assert screen.is_page != (route.name in PIECES), "a piece of a page was served as a page; or the reason is gone"


def links_of(screen: Screen) -> list[str]:
    faults = []
    for element, said, above in screen.elements:
        words = f"<{element.name} id={said.get('id')} class={said.get('class')!r} "
        if "hx-get" in said and "hx-push-url" in said:
            faults += _navigates(screen, element.name, said, words)
        elif "hx-get" in said and element.name == "a" and not said.get("href", "#").strip("#"):
            faults.append(f"{words} hx-get={said['hx-get']!r}: an <a> without an href")
        for verb in SENDS:
            if verb in said and not _in_real_form(element, said, above, screen):
                faults.append(f"{words} {verb}={said[verb]!r}: stands on or in no <form method=post>")
    return faults


def _navigates(screen: Screen, name: str, said: dict[str, str], words: str) -> list[str]:
    repeated = said.get("href") if name == "a" else said.get("action", "") if name == "form" else None
    if repeated is None:
        return [f"{words} hx-get={said['hx-get']!r}: navigates, and is neither a link nor a form"]
    if _whole(screen, said["hx-get"]) != _whole(screen, repeated):
        plain = _whole(screen, repeated).split("?")[0] == _whole(screen, said["hx-get"]).split("?")[0]
        if name != "form" or not plain:
            return [f"{words} hx-get={said['hx-get']!r} but {repeated!r} without htmx"]
    return []


def _whole(screen: Screen, address: str) -> str:
    return screen.at(address).split("#")[0].rstrip("?")


def _in_real_form(element: Any, said: dict[str, str], above: tuple[Any, ...], screen: Screen) -> bool:
    around = [element, *above]
    if said.get("form"):
        around += [each for each, other, _above in screen.elements if other.get("id") == said["form"]]
    return any(each.name == "form" and attributes(each).get("method", "").lower() == "post" for each in around)


def test_htmx_only_improves_links_and_forms(pair: Pair, signed_in: Any) -> None:
    faults: dict[str, list[str]] = {}
    for screen in pair.crawl(signed_in()).screens:
        for fault in links_of(screen) if screen.is_page else []:
            faults.setdefault(fault, []).append(screen.url)
    none_of(f"{urls[0]}: {fault}" for fault, urls in faults.items())


def test_every_form_that_posts_carries_a_token_and_goes_to_a_route(pair: Pair, signed_in: Any) -> None:
    faults = []
    for screen in pair.crawl(signed_in()).screens:
        for form in screen.forms:
            if form.method == "post" and not form.has_token and not framed(screen):
                faults.append(f"{screen.url}: {form.action} has no CSRF token")
            try:
                resolve(form.path)
            except Resolver404:
                faults.append(f"{screen.url}: {form.action} leads nowhere")
    none_of(sorted(set(faults)))


@pytest.mark.parametrize("role", ROLES)
def test_every_link_leads_somewhere(role: str, pair: Pair, signed_in: Any) -> None:
    """Whoever is shown an address may go there."""
    none_of(pair.crawl(signed_in(role), role).refused)


def test_ids_are_unique_on_a_page(pair: Pair, signed_in: Any) -> None:
    faults = []
    for screen in pair.crawl(signed_in()).screens:
        found = [said["id"] for each in elements(screen.root) if (said := attributes(each)).get("id")]
        faults += [f"{screen.url}: #{name}" for name in sorted(set(found)) if found.count(name) > 1]
    none_of(faults)
