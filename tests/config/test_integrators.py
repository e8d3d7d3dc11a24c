"""Every example of docs/integrators.md is sent as it stands, and answers as the text says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from crm.contacts.models import Contact, Subscription
from crm.models import Consent, Workspace
from tests.conftest import api_of
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, SegmentFactory, TagFactory

TEXT = (Path(__file__).parents[2] / "docs/integrators.md").read_text()
BLOCKS = [block for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) if "curl" in block]
HEADERS = {"Authorization": "HTTP_AUTHORIZATION", "Idempotency-Key": "HTTP_IDEMPOTENCY_KEY"}


def curls(block: str) -> list[list[str]]:
    """The words of each command of a block."""
    words = shlex.split(block.replace("\\\n", " "))
    starts = [place for place, word in enumerate(words) if word == "curl"] + [len(words)]
    return [words[start + 1 : end] for start, end in zip(starts, starts[1:], strict=False)]


def send(words: list[str], client: Client, cursor: str) -> Any:
    given: dict[str, list[str]] = {}
    rest = iter(words)
    url = ""
    for word in rest:
        if word == "-G":
            continue
        if word.startswith("-"):
            given.setdefault(word, []).append(next(rest))
        else:
            url = word.replace("http://localhost:8000", "").replace("$CURSOR", cursor)
    headers = dict(header.split(": ", 1) for header in given.get("-H", ()))
    extra = {HEADERS[name]: value.replace("mk_...", "mk_tests") for name, value in headers.items() if name in HEADERS}
    for pair in given.get("--data-urlencode", ()):
        name, _equals, value = pair.partition("=")
        url += f"?{name}={quote(value)}"
    if "-d" in given:
        return client.post(url, given["-d"][0], content_type=headers["Content-Type"], **extra)
    return client.get(url, **extra)


@pytest.fixture
def furnished(workspace: Workspace) -> Workspace:
    """What the examples name by number."""
    api_of(workspace)
    CustomFieldFactory(workspace=workspace, pk=4, choice=True)
    ListFactory(workspace=workspace, pk=3)
    TagFactory(workspace=workspace, pk=5)
    SegmentFactory(workspace=workspace, pk=7, rule={"all": [{"list": 3}]})
    for pk in (101, 102):
        ContactFactory(workspace=workspace, pk=pk)
    return workspace


def test_the_examples_are_found() -> None:
    assert len(BLOCKS) >= 9
    assert sum(len(curls(block)) for block in BLOCKS) >= 14


def test_the_examples_do_what_they_say(furnished: Workspace) -> None:
    client, cursor, answers = Client(), "", {}
    for block in BLOCKS:
        for words in curls(block):
            response = send(words, client, cursor)
            assert response.status_code in (200, 201), (words, response.content)
            place = next(word for word in words if "/api/v1/" in word).partition("/api/v1/")[2]
            answers[place] = body = response.json()
            if place == "contacts/changes/":
                cursor = body["cursor"]
    rows = answers["contacts/batch/"]["results"]
    assert [row["status"] for row in rows] == ["updated", "created", "refused"]
    assert set(rows[2]["errors"]) == {"contacts.2.email"}
    assert Consent.objects.get().contact == Contact.objects.get(email="dana@example.test")
    assert set(answers["contacts/?ordering=id&page_size=500&fields=email,phone,values.f4,consents"]["results"][0]) == {
        *("id", "email", "phone", "values", "consents")
    }
    assert Subscription.objects.filter(list=3, status="joined").count() == 2
    (dana,) = answers["contacts/?segment=7&f4=o2"]["results"]
    assert dana["email"] == "dana@example.test"
    assert answers["contacts/count/?segment=7"] == {"count": 2, "is_more": False}
