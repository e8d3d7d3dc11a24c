"""The tenancy matrix: no request of one business reads or changes anything of another, on any route, as anybody.

Everything is generated from the resolver. What is different on purpose stands in the tables below, each with its reason; a
test says that none of them is there without need.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crm.workspaces.models import Role
from tests.house import routes, rows
from tests.house.conftest import ROLES, Pair
from tests.house.routes import Route
from tests.house.worlds import World

# Only the owner: members, keys, erasure and sender (docs/domain.md), and the rest of the settings.
OWNERS_ONLY = {
    "workspaces:settings",
    "workspaces:sender",
    "workspaces:member_list",
    "workspaces:member_role",
    "workspaces:member_remove",
    "workspaces:invitation_revoke",
    "workspaces:api_key_list",
    "workspaces:api_key_revoke",
    "workspaces:audit_list",
    "contacts:contact_erase",
    "consent:suppression_lift",
}
# A POST that an analyst may send, because it only draws.
DRAWING_POSTS = {
    "rules:builder": "draws the conditions again, with counts; the form around it saves",
    "segments:segment_sample": "draws a few of the people the conditions hold for",
    "contacts:contact_filter": "goes to the list with the rule in its address",
    "contacts:contact_columns": "what they like to see on their own screens",
    "contacts:contact_density": "what they like to see on their own screens",
    "contacts:view_create": "a view of their own; only who may edit shares one",
    "contacts:view_default": "with what their own list opens",
}
# A POST of REST that a key for reading may send.
READING_POSTS = {"contact-search": "asks the question of contacts/ in a body"}
# REST without a key: says what REST is, and holds nothing of a business.
NUMBER = re.compile(r"(?<![\w.])\d{7}(?!\w)")
KEYLESS = {"api_schema": "the OpenAPI document", "api_docs": "the same, to read"}


def by_name(found: list[Route]) -> Any:
    return pytest.mark.parametrize("route", found, ids=str)


def with_ids(found: list[Route]) -> list[Route]:
    return [route for route in found if route.ids]


def traces(response: Any, pair: Pair, *, asked: str = "") -> list[str]:
    """What of the other business stands in an answer: its words, its addresses, its ids. `asked` may be told back."""
    body = b"".join(response) if getattr(response, "streaming", False) else response.content
    text = body.decode("utf-8", "replace") + " ".join(f"{name}: {value}" for name, value in response.headers.items())
    words = [word for word in (pair.theirs.mark, "@theirs.test", "/theirs/") if word in text and word not in asked]
    return words + sorted(pk for pk in pair.their_ids & set(NUMBER.findall(text)) if pk not in asked)


def ask(client: Client, method: str, url: str, body: Any = None, **options: Any) -> Any:
    """As a browser sends it; the answer is never an accident."""
    if method == "GET":
        return client.get(url, **options)
    return client.post(url, body or {}, **options)


# -- the catalogue itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", routes.members() + routes.rest() + routes.public(), ids=str)
def test_every_argument_has_a_thing(route: Route, ours: World) -> None:
    assert route.url(ours)


@by_name(routes.members())
def test_every_member_route_is_behind_a_gate(route: Route) -> None:
    assert route.roles, "decorate the view with reader, editor or owner of crm/workspaces/http.py"


def test_the_owner_alone_manages_members_keys_sender_and_erasure() -> None:
    alone = {route.name for route in routes.members() if route.roles == (Role.OWNER,)}
    assert alone >= OWNERS_ONLY & {route.name for route in routes.members()}
    assert alone == OWNERS_ONLY, "a new route for owners only? Say so in OWNERS_ONLY"


def test_no_exception_stands_without_need() -> None:
    names = {route.name: route for route in routes.every()}
    readable = {name for name, route in names.items() if Role.ANALYST in route.roles}
    assert set(DRAWING_POSTS) <= readable
    assert set(KEYLESS) <= set(names)
    assert set(routes.QUERIES) <= set(names)
    assert {name.split(":")[-1] for name in routes.BODIES} <= {name.split(":")[-1] for name in names}
    used = {
        id(routes.thing_of(route, name))
        for route in routes.every()
        if route.area != routes.OPERATORS
        for name in route.arguments
    }
    assert [key for key, thing in routes.THINGS.items() if id(thing) not in used] == []


# -- members ---------------------------------------------------------------------------------------------------------------


@by_name(routes.members())
def test_a_foreign_business_is_not_there(route: Route, pair: Pair, signed_in: Any) -> None:
    url, body = route.url(pair.theirs), route.body(pair.theirs)
    for role in ROLES:
        client = signed_in(role)
        for method in ("GET", "POST"):
            response = ask(client, method, url, body)
            assert response.status_code in (404, 405), f"{role} {method}"
            assert traces(response, pair, asked=url) == []
    assert pair.changed() == []


@by_name(routes.members())
def test_without_signing_in_there_is_only_the_door(route: Route, pair: Pair, signed_in: Any) -> None:
    for method in ("GET", "POST"):
        response = ask(signed_in(""), method, route.url(pair.ours), route.body(pair.ours))
        if response.status_code != 405:
            assert response.status_code == 302
            assert response.headers["Location"].startswith("/login/?next=")
    assert pair.changed() == []


@by_name(with_ids(routes.members()))
def test_a_foreign_id_in_the_address_is_not_there(route: Route, pair: Pair, signed_in: Any) -> None:
    for argument in route.ids:
        url = route.url(pair.ours, **{argument: pair.theirs})
        if url == route.url(pair.ours):
            continue  # a word of the product's own, the same in every business
        for role in ROLES:
            for method in ("GET", "POST"):
                response = ask(signed_in(role), method, url, route.body(pair.ours))
                expected = (404, 405) if role in route.roles else (403, 405)
                assert response.status_code in expected, f"{role} {method} {argument}: {response.status_code}"
    assert pair.changed() == []


@by_name(with_ids(routes.members()))
def test_ones_own_thing_is_there(route: Route, pair: Pair, signed_in: Any) -> None:
    """The counter-check: the 404s above come of whose the thing is, and of nothing else."""
    for method in ("GET", "POST"):
        with rows.undone():
            response = ask(signed_in("owner"), method, route.url(pair.ours), route.body(pair.ours))
        assert response.status_code != 404, method
        assert response.status_code < 500
        assert traces(response, pair) == []


@by_name(routes.members())
def test_an_analyst_writes_nothing_and_an_editor_no_settings(route: Route, pair: Pair, signed_in: Any) -> None:
    for role in ("analyst", "editor"):
        if role == "editor" and role in route.roles:
            continue
        for method in ("GET", "POST"):
            response = ask(signed_in(role), method, route.url(pair.ours), route.body(pair.ours))
            if role not in route.roles:
                assert response.status_code in (403, 405), f"{role} {method}"
            elif method == "POST" and route.name not in DRAWING_POSTS:
                assert response.status_code in (403, 405), (
                    f"{role} {method}: an analyst's POST; add a reason to DRAWING_POSTS"
                )
    assert pair.changed() == []


@by_name(routes.members())
def test_a_screen_shows_nothing_of_another_business(route: Route, pair: Pair, signed_in: Any) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        response = ask(signed_in("owner"), "GET", route.url(pair.ours), headers=headers)
        assert response.status_code < 500
        assert traces(response, pair) == []


# -- REST ------------------------------------------------------------------------------------------------------------------

RESOURCES = [route for route in routes.rest() if route.name not in KEYLESS]


def calls(found: list[Route]) -> Any:
    each = [(route, method) for route in found for method in (route.actions or {"GET": ""})]
    return pytest.mark.parametrize(("route", "method"), each, ids=lambda value: str(value))


@calls(with_ids(RESOURCES))
def test_a_key_does_not_find_a_foreign_id(route: Route, method: str, pair: Pair, key_of: Any) -> None:
    response = key_of(pair.ours).generic(method, route.url(pair.theirs), "{}", content_type="application/json")
    assert response.status_code == 404
    assert pair.changed() == []
    with rows.undone():
        own = key_of(pair.ours).generic(method, route.url(pair.ours), "{}", content_type="application/json")
    assert own.status_code != 404, "the counter-check: one's own is there"


@calls(RESOURCES)
def test_rest_answers_nobody_without_a_key(route: Route, method: str, pair: Pair, signed_in: Any) -> None:
    for client in (signed_in(""), signed_in("owner")):
        response = client.generic(method, route.url(pair.ours), "{}", content_type="application/json")
        assert response.status_code == 401
    assert pair.changed() == []


@calls([route for route in RESOURCES if set(route.actions) & set(routes.WRITES)])
def test_a_reading_key_writes_nothing(route: Route, method: str, pair: Pair, key_of: Any) -> None:
    if method not in routes.WRITES:
        return
    pair.ours.key.scopes = ["read"]
    pair.ours.key.save(update_fields=["scopes"])
    before = rows.everything()
    response = key_of(pair.ours).generic(method, route.url(pair.ours), "{}", content_type="application/json")
    assert response.status_code == (200 if route.name in READING_POSTS else 403)
    assert not rows.changed(before, rows.everything())


@by_name([route for route in RESOURCES if "GET" in (route.actions or {"GET": ""})])
def test_rest_tells_nothing_of_another_business(route: Route, pair: Pair, key_of: Any) -> None:
    response = key_of(pair.ours).get(route.url(pair.ours))
    assert response.status_code == 200
    assert traces(response, pair) == []


# -- operators, strangers --------------------------------------------------------------------------------------------------


OPEN_DOORS = ("admin:login", "admin:jsi18n")  # the door itself, and the words it draws


@by_name([route for route in routes.operators() if not route.ids and route.name not in OPEN_DOORS])
def test_operators_rooms_are_closed_to_members(route: Route, pair: Pair, signed_in: Any) -> None:
    for role in ("", *ROLES):
        for method in ("GET", "POST"):
            response = signed_in(role).generic(method, reverse(route.name))
            assert response.status_code in (302, 403, 405), f"{role} {method}"
            if response.status_code == 302:
                assert response.headers["Location"].startswith("/operators/")


PAGES = [route for route in routes.public() if {"workspace", "page"} <= set(route.arguments)]


@by_name(PAGES)
def test_a_page_answers_under_its_own_business_only(route: Route, pair: Pair, signed_in: Any) -> None:
    from crm.models import Workspace

    bare = Workspace.objects.create(slug="bare", name="bare")
    url = route.url(pair.ours).replace("/ours/", f"/{bare.slug}/")
    for method in ("GET", "POST"):
        assert signed_in("").generic(method, url).status_code in (404, 405)
