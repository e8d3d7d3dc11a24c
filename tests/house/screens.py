"""Screens as a browser sees them: elements, links, forms with what they would send."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.test import Client
from django.test.html import Element, parse_html

from tests.house import routes
from tests.house.worlds import World
from tests.swaps import elements

UNSENT = {"submit", "button", "reset", "image", "file"}
STATES = 4  # of a screen that its addresses lead to, beside the one without a query
TYPED = {"text", "search", "email", "tel", "url", "password", ""}


def attributes(element: Element) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in element.attributes}


def none_of(faults: Iterable[str]) -> None:
    """Fails with every fault on a line of its own."""
    found = list(faults)
    if found:
        pytest.fail("\n".join([f"{len(found)} found:", *found]), pytrace=False)


def is_html(response: Any) -> bool:
    return response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html")


@dataclass
class Form:
    """A form as drawn: where it goes, what it would send untouched, which of its fields are typed into."""

    method: str
    action: str
    data: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    radios: set[str] = field(default_factory=set)
    areas: set[str] = field(default_factory=set)  # of the typed ones, those for several lines
    options: dict[str, list[str]] = field(default_factory=dict)
    has_token: bool = False
    has_files: bool = False

    @property
    def path(self) -> str:
        return urlsplit(self.action).path


class Screen:
    def __init__(self, url: str, response: Any) -> None:
        self.url, self.response = url, response
        self.text = response.content.decode()

    @cached_property
    def root(self) -> Element:
        return parse_html(self.text)

    @cached_property
    def elements(self) -> list[tuple[Element, dict[str, str], tuple[Element, ...]]]:
        """Every element with its attributes and what it stands in, innermost last."""
        return list(_within(self.root, ()))

    @property
    def is_page(self) -> bool:
        return "<html" in self.text

    def at(self, address: str) -> str:
        """An address written on this screen, whole."""
        if address == "?":  # no query at all; urljoin would keep the one of now
            return self.url.split("?")[0]
        return urljoin(self.url, address) if address else self.url

    @property
    def links(self) -> Iterator[str]:
        """Where this screen leads, inside the product, by GET."""
        for element, said, _above in self.elements:
            addresses = [said.get("href", "") if element.name == "a" else "", said.get("hx-get", "")]
            for address in addresses:
                if address.strip("#") and not address.startswith(("#", "mailto:", "tel:", "http")):
                    yield self.at(address).split("#")[0]

    @property
    def forms(self) -> list[Form]:
        forms: dict[int, Form] = {}
        named: dict[str, Form] = {}
        for element, said, _above in self.elements:
            if element.name == "form":
                action = self.at(said.get("action") or said.get("hx-post") or said.get("hx-get") or "")
                form = forms[id(element)] = Form(said.get("method", "get").lower(), action)
                form.has_files = said.get("enctype", "").startswith("multipart")
                if said.get("id"):
                    named[said["id"]] = form
        for element, said, above in self.elements:
            own = [forms[id(outer)] for outer in above if id(outer) in forms]
            form = named.get(said.get("form", "")) or (own[-1] if own else None)
            if form is not None and said.get("name") and "disabled" not in said:
                _fill(form, element, said)
        for form in forms.values():
            for name in form.radios - form.data.keys():  # somebody would choose one
                form.data[name] = form.options[name][:1]
        return list(forms.values())


def _within(node: Any, above: tuple[Element, ...]) -> Iterator[tuple[Element, dict[str, str], tuple[Element, ...]]]:
    if isinstance(node, Element):
        yield node, attributes(node), above
        for child in node.children:
            yield from _within(child, (*above, node))


def _fill(form: Form, element: Element, said: dict[str, str]) -> None:
    name, kind = said["name"], said.get("type", "").lower()
    if name == "csrfmiddlewaretoken":
        form.has_token = True
    elif element.name == "textarea":
        form.typed.append(name)
        form.areas.add(name)
        form.data.setdefault(name, []).append("".join(str(child) for child in element.children))
    elif element.name == "select":
        options = [attributes(each) for each in elements(element) if each.name == "option"]
        chosen = [each for each in options if "selected" in each] or ([] if "multiple" in said else options[:1])
        form.options.setdefault(name, []).extend(each.get("value", "") for each in options)
        form.data.setdefault(name, []).extend(each.get("value", "") for each in chosen)
    elif element.name == "input" and kind in ("checkbox", "radio"):
        form.options.setdefault(name, []).append(said.get("value", "on"))
        form.radios |= {name} if kind == "radio" else set()
        if "checked" in said:
            form.data.setdefault(name, []).append(said.get("value", "on"))
    elif element.name == "input" and kind not in UNSENT:
        if kind in TYPED:
            form.typed.append(name)
        form.data.setdefault(name, []).append(said.get("value", ""))


def open_screen(client: Client, url: str, **options: Any) -> Screen | None:
    """The HTML behind a URL; None where it answers with something else."""
    response = client.get(url, **options)
    return Screen(url, response) if is_html(response) else None


def outline(url: str) -> str:
    """A URL without the numbers and ids in it: screens of the same outline are of the same kind."""
    parts = urlsplit(url)
    path = re.sub(r"/[a-z0-9]{8}/", "/B/", re.sub(r"\d+", "N", parts.path))
    query = sorted(
        name if re.search(r"\d|%|\{", value) else f"{name}={value}" for name, value in parse_qsl(parts.query)
    )
    return path + "?" + "&".join(query)


def panels(world: World) -> list[str]:
    """The editor with each kind of block chosen, on each tab."""
    editor = f"/w/{world.slug}/pages/{world.rich_page.pk}/"
    return [
        f"{editor}?block={each['id']}&tab={tab}"
        for each in world.document.blocks
        for tab in ("content", "focus", "design")
    ]


@dataclass
class Crawl:
    """Every screen of our business: each route's, and one of each kind that they lead to; and the links that were refused."""

    screens: list[Screen] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def crawl(client: Client, world: World) -> Crawl:
    found = Crawl()
    first = [*(route.url(world) for route in routes.members()), *panels(world)]
    waiting, seen = [(url, "") for url in first], set(map(outline, first))
    states: Counter[str] = Counter()
    while waiting:
        url, came_from = waiting.pop(0)
        path = outline(url).split("?")[0]
        if came_from and (outline(url) in seen or states[path] >= STATES):
            continue
        seen.add(outline(url))
        states[path] += bool(came_from)
        response = client.get(url)
        if came_from and response.status_code >= 400:
            found.refused.append(f"{came_from}: {url} answers {response.status_code}")
        if is_html(response):
            screen = Screen(url, response)
            found.screens.append(screen)
            waiting += [(link, url) for link in screen.links if link.startswith(f"/w/{world.slug}/")]
    return found
