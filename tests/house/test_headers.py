"""What protects a reader, on every HTML page that we serve: policy, no inline code, no sniffing, no framing, safe cookies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from tests.house import routes, screens
from tests.house.conftest import Pair
from tests.house.routes import Route
from tests.house.screens import attributes
from tests.swaps import elements

# Pages that show a mail's own HTML, whose styles stand in it because mail programs want them there; sandboxed instead.
SANDBOXED = {"mailings:mailing_preview", "outbox:message_html", "content:preview", "surveys:survey_preview"}
# drf-spectacular's page starts Swagger with a script of its own; nobody signed in is on it.
FOREIGN_HANDS = {"api_docs"}
DATA = {"application/json", "application/ld+json", "importmap"}


def shown() -> list[Route]:
    found = [*routes.members(), *routes.public(), *(route for route in routes.operators() if not route.ids)]
    return [route for route in found if route.name not in FOREIGN_HANDS]


def answers(route: Route, pair: Pair, signed_in: Any) -> Iterator[Any]:
    url = reverse(route.name) if route.area == routes.OPERATORS else route.url(pair.ours)
    client = signed_in("" if route.area == routes.PUBLIC else "owner")
    if route.area == routes.OPERATORS:
        pair.ours.users["owner"].is_staff = pair.ours.users["owner"].is_superuser = True
        pair.ours.users["owner"].save(update_fields=["is_staff", "is_superuser"])
    for headers in ({}, {"HX-Request": "true"}):
        response = client.get(url, headers=headers)
        if response.headers.get("Content-Type", "").startswith("text/html") and response.content:
            yield response


@pytest.mark.parametrize("route", shown(), ids=str)
def test_a_page_is_protected(route: Route, pair: Pair, signed_in: Any) -> None:
    for response in answers(route, pair, signed_in):
        policy = response.headers.get("Content-Security-Policy", "")
        assert policy, "no policy"
        assert "unsafe-eval" not in policy
        assert response.headers.get("X-Content-Type-Options") == "nosniff"
        assert "frame-ancestors" in policy
        assert response.headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN")
        if route.name in SANDBOXED and response.status_code == 200:
            assert "sandbox" in policy
            assert "allow-scripts" not in policy
            assert "script-src" not in policy or "script-src 'none'" in policy
        else:
            assert "unsafe-inline" not in policy
            assert inline(response.content.decode()) == []


def inline(markup: str) -> list[str]:
    """Code and styles that stand in the page itself."""
    faults = []
    for element in elements(screens.parse_html(markup)):
        said = attributes(element)
        faults += [f"<{element.name} {name}>" for name in said if name == "style" or re.fullmatch(r"on[a-z]+", name)]
        if element.name == "style":
            faults.append("<style>")
        if element.name == "script" and "src" not in said and said.get("type") not in DATA:
            faults.append("<script> without src")
        if element.name == "a" and said.get("href", "").lower().startswith("javascript:"):
            faults.append("javascript: link")
    return faults


def test_cookies_keep_to_themselves(pair: Pair, signed_in: Any) -> None:
    client = signed_in("")
    client.get("/login/")
    client.post("/login/", {"login": pair.ours.users["owner"].email, "password": "correct-horse-battery"})
    cookies = {name: dict(morsel) for name, morsel in client.cookies.items()}
    assert settings.SESSION_COOKIE_NAME in cookies
    for name, morsel in cookies.items():
        assert morsel["samesite"] in ("Lax", "Strict"), name
    assert cookies[settings.SESSION_COOKIE_NAME]["httponly"]
    assert settings.SESSION_COOKIE_SECURE == settings.CSRF_COOKIE_SECURE == settings.BEHIND_HTTPS
