"""Nonsense and malice in every form and every body of REST: a clear 4xx with nothing changed, or a clean save; no accident."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import pytest
from django.db import models
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.house import naughty, routes
from tests.house.conftest import Pair
from tests.house.judging import Judge
from tests.house.routes import Route
from tests.house.screens import Form, none_of, outline
from tests.house.worlds import tables

# -- every text field of every form ------------------------------------------------------------------------------------------


def typed_forms(pair: Pair, client: Client) -> dict[str, tuple[str, Form]]:
    """One form of each kind that takes text: (screen, form)."""
    found: dict[str, tuple[str, Form]] = {}
    for screen in pair.crawl(client).screens:
        for form in screen.forms:
            if form.typed and form.path.startswith(f"/w/{pair.ours.slug}/"):
                found.setdefault(f"{form.method} {outline(form.action)} {sorted(form.typed)}", (screen.url, form))
    return found


@pytest.mark.parametrize("kind", naughty.WORDS)
def test_every_text_field_of_every_form_bears_naughty_words(kind: str, pair: Pair, signed_in: Any) -> None:
    client, word, judge = signed_in(), naughty.WORDS[kind], Judge(pair)
    forms = typed_forms(pair, client)
    assert len(forms) > 20
    for url, form in forms.values():
        data = form.data | {name: [word] for name in form.typed}
        send = client.post if form.method == "post" else client.get
        judge(f"{url}: {form.action}", partial(send, form.action, data))
    judge.rule()


@pytest.mark.parametrize("word", naughty.TOGETHER.values(), ids=naughty.TOGETHER)
def test_what_was_saved_stays_words(word: str, pair: Pair, signed_in: Any) -> None:
    """One field after the other, so that a strict neighbour hides nothing; then the screen that follows."""
    client, judge = signed_in(), Judge(pair)
    for url, form in typed_forms(pair, client).values():
        for name in form.typed:
            send = client.post if form.method == "post" else client.get
            saved = lines_broken if "Bcc" in word and name not in form.areas else list
            response = judge(
                f"{url}: {name}", partial(send, form.action, form.data | {name: [word]}, follow=True), saved=saved
            )
            body = "" if response.streaming else response.content.decode()
            judge.faults += [f"{url}: {name} becomes {live!r}" for live in naughty.ACTIVE if live in body]
    judge.rule()


def lines_broken() -> list[str]:
    """Columns for one line of text that hold more."""
    found = []
    for model in tables():
        names = [
            each.name for each in model._meta.concrete_fields if type(each) in (models.CharField, models.EmailField)
        ]
        for name in names:
            if model._default_manager.filter(**{f"{name}__regex": r"first[\r\n]+Bcc"}).exists():
                found.append(f"{model._meta.db_table}.{name}")
    return found


# -- every body that REST takes ------------------------------------------------------------------------------------------------


def bodies() -> list[tuple[Route, str, Any]]:
    """(route, method, schema of the body) of every call that takes one, as OpenAPI tells it."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    parts = document["components"]["schemas"]
    found = []
    for path, calls in document["paths"].items():
        route = next((each for each in routes.rest() if _same(each, path)), None)
        for method, call in calls.items():
            content = call.get("requestBody", {}).get("content", {}).get("application/json")
            if route is not None and content:
                found.append((route, method.upper(), _resolved(content["schema"], parts)))
    return found


def _same(route: Route, path: str) -> bool:
    pattern = re.sub(r"\(\?P<\w+>[^)]+\)", "{}", route.pattern.replace("^", "").replace("$", ""))
    return "/" + pattern == re.sub(r"\{\w+\}", "{}", path)


def _resolved(schema: Any, parts: dict[str, Any], depth: int = 0) -> Any:
    if depth > 8:
        return {}
    if isinstance(schema, list):
        return [_resolved(each, parts, depth + 1) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(parts.get(schema["$ref"].split("/")[-1], {}), parts, depth + 1)
    return {key: _resolved(value, parts, depth + 1) for key, value in schema.items()}


def sample(schema: dict[str, Any], word: Any) -> Any:
    """A body of this shape with `word` wherever text may stand."""
    for joined in ("allOf", "anyOf", "oneOf"):
        if schema.get(joined):
            return sample(schema[joined][0], word)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" and schema.get("properties"):
        return {name: sample(each, word) for name, each in schema["properties"].items() if not each.get("readOnly")}
    if kind == "object":
        return {str(word)[:50]: word}
    if kind == "array":
        return [sample(schema.get("items", {}), word)]
    return {"integer": 1, "number": 1, "boolean": True}.get(str(kind), word)


@pytest.fixture(scope="module")
def rest_bodies() -> list[tuple[Route, str, Any]]:
    return bodies()


def test_every_writing_call_has_a_body_to_try(rest_bodies: Any) -> None:
    tried = {(route.name, method) for route, method, _schema in rest_bodies}
    writing = {
        (route.name, method)
        for route in routes.rest()
        for method in route.actions
        if method in ("POST", "PUT", "PATCH")
    }
    bodiless = {("mailing-start", "POST"), ("bulk-act-undo", "POST"), ("bulk-act-stop", "POST")}
    bodiless |= {("automation-pause", "POST"), ("automation-resume", "POST")}
    bodiless |= {("enrolment-again", "POST"), ("enrolment-leave", "POST")}
    bodiless |= {("person-unmerge", "POST"), ("duplicate-apart", "POST")}
    bodiless |= {
        (f"import-{verb}", "POST") for verb in ("list", "start", "stop", "resume", "undo")
    }  # a file, or nothing
    assert writing - tried <= bodiless, "OpenAPI tells no body of these"


VALUES: dict[str, Any] = {
    **naughty.WORDS,
    "lone surrogate": naughty.SURROGATE,
    "null": None,
    "a list": [1, [2, [3]]],
    "an object": {"a": {"b": []}},
    "a huge number": 10**400,
    "a number": -1,
    "true": True,
}


# Tried in one field after the other too, with the rest of the body in order.
EACH = ("NUL", "line break", "lone surrogate", "null", "an object", "a huge number")


@pytest.mark.parametrize("kind", VALUES)
def test_every_body_of_rest_bears_naughty_words(kind: str, pair: Pair, key_of: Any, rest_bodies: Any) -> None:
    key, word, judge = key_of(pair.ours), VALUES[kind], Judge(pair)
    saved = lines_broken if kind == "line break" else list
    for route, method, schema in rest_bodies:
        whole = sample(schema, word)
        each = [{**sample(schema, "2026-01-01"), name: word} for name in whole] if kind in EACH else []
        for body in [whole, *each]:
            sent = json.dumps(body)
            send = partial(key.generic, method, route.url(pair.ours), sent, content_type="application/json")
            judge(f"{method} {route.name} {sent[:120]}", send, saved=saved)
    judge.rule()


BROKEN = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"a"',
    b"\xff\xfe",
    b'{"a":' * 3000,
    b"[" * 100_000,
    b'{"name": NaN}',
    b'{"name": Infinity}',
]


@pytest.mark.parametrize("raw", BROKEN, ids=[repr(raw[:12]) for raw in BROKEN])
def test_every_body_of_rest_may_be_broken(raw: bytes, pair: Pair, key_of: Any, rest_bodies: Any) -> None:
    key, judge = key_of(pair.ours), Judge(pair)
    for route, method, _schema in rest_bodies:
        send = partial(key.generic, method, route.url(pair.ours), raw, content_type="application/json")
        judge(f"{method} {route.name}", send)
    judge.rule()


@pytest.mark.parametrize("value", ["x\x00", "9" * 40, "-1", "' OR 1=1", "[]", "{}", "א", "2026-13-45", "1e9"])
def test_every_list_of_rest_bears_odd_filters(value: str, pair: Pair, key_of: Any) -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    key, faults = key_of(pair.ours), []
    for path, calls in document["paths"].items():
        names = [each["name"] for each in calls.get("get", {}).get("parameters", []) if each["in"] == "query"]
        url = re.sub(r"\{\w+\}", str(pair.ours.contact.pk), path)
        for name in names:
            response = key.get(url, {name: value})
            faults += [f"{path}?{name}={value!r}: {response.status_code}"] if response.status_code >= 500 else []
    none_of(faults)


@pytest.mark.parametrize("value", ["x\x00", "9" * 40, "-1", "²", "[]", "{}", "א" * 300])
def test_every_screen_bears_odd_addresses(value: str, pair: Pair, signed_in: Any) -> None:
    """Each parameter that any link or form of a screen uses, with nonsense in it."""
    client, faults, seen = signed_in(), [], set()
    for screen in pair.crawl(client).screens:
        path = screen.url.split("?")[0]
        found = {
            name for link in screen.links if link.split("?")[0] == path for name in re.findall(r"[?&](\w+)=", link)
        }
        found |= {name for form in screen.forms if form.method == "get" and form.path == path for name in form.data}
        for name in found - {"csrfmiddlewaretoken"}:
            if (outline(path), name) not in seen:
                seen.add((outline(path), name))
                response = client.get(path, {name: value})
                faults += [f"{path}?{name}={value!r}: {response.status_code}"] if response.status_code >= 500 else []
    assert seen
    none_of(faults)
