"""One shape for every refusal of REST, whatever was sent to whichever door, in the language asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from config.api import router
from crm.contacts import merging
from crm.models import ApiKey, Workspace
from crm.workspaces.rest import ApiKeyThrottle
from tests.conftest import Api, api_of
from tests.crm.factories import ContactFactory, ListFactory, TagFactory

BODIES = {
    "nothing": "",
    "half of an object": '{"contacts": [',
    "a list": "[]",
    "a list of lists": "[[[]]]",
    "a word": '"x"',
    "a number": "1e999",
    "null": "null",
    "an empty object": "{}",
    "wrong types": '{"contacts": 7, "contact": [], "name": {}, "tags": "x", "rule": "x", "label": [], "kind": {}, "email": {}}',
    "too deep": "[" * 20_000 + "]" * 20_000,
    "half of a letter": '{"name": "\\ud800", "email": "\\ud800"}',
    "NUL": '{"name": "a\\u0000", "email": "a\\u0000@b.test"}',
    "not UTF-8": b'{"name": "\xff"}',
    "too large": '{"name": "' + "x" * 2_100_000 + '"}',
}
PATHS = ["contacts/", "contacts/{contact}/", "contacts/{contact}/tag/", "contacts/{contact}/untag/", "contacts/batch/"]
PATHS += ["contacts/search/", "lists/", "lists/{list}/", "lists/{list}/subscribe/", "lists/{list}/unsubscribe/batch/"]
PATHS += ["lists/{list}/subscribe/batch/", "tags/", "tags/{tag}/", "tags/{tag}/tag/batch/", "tags/{tag}/untag/batch/"]
PATHS += ["custom-fields/", "segments/", "events/", "mailings/", "funnels/"]


@pytest.fixture
def filled(workspace: Workspace) -> dict[str, int]:
    made = {"contact": ContactFactory, "list": ListFactory, "tag": TagFactory}
    return {name: factory(workspace=workspace).pk for name, factory in made.items()}


def shape(response: Any) -> list[dict[str, Any]]:
    """Fails unless this is a refusal in the one shape; gives its faults."""
    assert response["Content-Type"] == "application/json", response.content
    body = response.json()
    assert set(body) == {"type", "errors"}
    assert body["type"] in {"validation_error", "client_error"}
    for fault in body["errors"]:
        assert set(fault) == {"code", "detail", "attr"}
        assert fault["detail"]
        assert isinstance(fault["detail"], str)
    return list(body["errors"])


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_whatever_is_sent_is_taken_or_refused_in_one_shape(api: Api, filled: dict[str, int], body: Any) -> None:
    for path in PATHS:
        for method in ("post", "patch", "put", "delete"):
            response = getattr(api, method)(path.format(**filled), body, content_type="application/json")
            assert response.status_code < 500, (method, path)
            if response.status_code >= 400:
                shape(response)


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "x"])
def test_another_kind_of_body_is_refused(api: Api, kind: str) -> None:
    response = api.post("contacts/", "email=a@b.test", content_type=kind)
    assert response.status_code == 415
    shape(response)


def names() -> set[str]:
    return {prefix for prefix, _viewset, _name in router.registry}


def test_every_resource_refuses_strangers_readers_and_unknown_ids(workspace: Workspace) -> None:
    reader = api_of(workspace, secret="mk_reader", scopes=["read"])
    for pattern in sorted(names()):
        name = re.sub(r"\(\?P<\w+>[^)]*\)", "1", pattern)
        anonymous, wrong = (
            Client().get(f"/api/v1/{name}/"),
            Client().get(f"/api/v1/{name}/", headers={"Authorization": "Bearer x"}),
        )
        missing, refused = reader.get(f"{name}/{10**12}/"), reader.post(f"{name}/", {})
        assert (anonymous.status_code, wrong.status_code, missing.status_code) == (401, 401, 404), name
        assert refused.status_code in (403, 405), name
        for response in (anonymous, wrong, missing, refused):
            assert [fault["attr"] for fault in shape(response)] == [None]


@pytest.mark.parametrize("path", ["contacts/½/", "nothing/", "contacts/1/2/3/", "lists/x/subscribe/batch/", "tags/-1/"])
def test_an_address_that_nobody_has_answers_programs_too(api: Api, path: str) -> None:
    for response in (api.get(path), Client().post(f"/api/v1/{path}")):
        assert response.status_code == 404
        assert shape(response)[0]["code"] == "not_found"
    assert Client().get("/nothing/here/")["Content-Type"].startswith("text/html")


def test_too_often_is_told_with_how_long_to_wait(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ApiKeyThrottle, "THROTTLE_RATES", {"api_key": "2/min"})
    answers = [api.get("tags/") for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert shape(answers[2])[0]["code"] == "throttled"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("contacts/", {"email": "x"}),
        ("contacts/batch/", {}),
        ("lists/", {}),
        ("lists/999999/subscribe/", {"contact": 1}),
        ("segments/", {"name": "x", "rule": {"all": [{"field": "f999999"}]}}),
        ("events/", {"kind": "x"}),
    ],
)
def test_refusals_speak_the_language_asked_for(api: Api, path: str, body: Any) -> None:
    hebrew, english = (
        shape(api.post(path, body, headers={"Accept-Language": language}))[0]
        for language in ("he-IL,he;q=0.9", "en-GB")
    )
    assert hebrew["attr"] == english["attr"]
    assert any("\u0590" <= letter <= "\u05ff" for letter in hebrew["detail"]), hebrew
    assert english["detail"].isascii(), english


def test_a_revoked_key_is_refused(api: Api) -> None:

    ApiKey.objects.update(revoked_at=timezone.now())
    assert shape(api.get("tags/"))[0]["code"] == "authentication_failed"


def test_a_deadlock_that_was_lost_is_to_be_sent_again_and_the_key_is_free(
    api: Api, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    winner, loser = ContactFactory(workspace=workspace), ContactFactory(workspace=workspace)
    path, body, key = f"contacts/{winner.pk}/merge/", {"loser": loser.pk}, {"Idempotency-Key": "merge-1"}

    def lost(*_arguments: Any, **_named: Any) -> None:
        raise OperationalError("deadlock detected") from DeadlockDetected()

    with monkeypatch.context() as patch:
        patch.setattr(merging, "merge", lost)
        refused = api.post(path, body, headers=key)
    assert (refused.status_code, shape(refused)[0]["code"]) == (409, "busy")
    assert api.post(path, body, headers=key).json() == {"winner": winner.pk, "loser": loser.pk}
