"""Swap equals reload: what htmx puts into a page is what a reload of the same URL would have shown there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.test import Client
from django.test.html import Element, parse_html

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": ?"[^"]+"|nonce="[^"]+"')


def elements(node: Element | str) -> Iterator[Element]:
    if isinstance(node, Element):
        yield node
        for child in node.children:
            yield from elements(child)


def part(markup: str, element_id: str) -> Element:
    """The element of that id; fails when there is none or more than one."""
    found = [
        element
        for element in elements(parse_html(TOKEN.sub("", markup)))
        if ("id", element_id) in [(name, value) for name, value in element.attributes]
    ]
    assert len(found) == 1, f"{len(found)} elements with id {element_id}"
    return found[0]


def assert_swap_equals_reload(client: Client, url: str, element_id: str) -> str:
    """GETs `url` as htmx and as a browser: the part alone must equal the part of the page. Returns the part's markup."""
    swapped = client.get(url, headers={"HX-Request": "true", "HX-Target": element_id})
    reloaded = client.get(url)
    assert swapped.status_code == reloaded.status_code == 200
    body = swapped.content.decode()
    assert "<html" not in body, "the swap carries a whole page"
    assert part(body, element_id) == part(reloaded.content.decode(), element_id)
    return body
