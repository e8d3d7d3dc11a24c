"""Beacons and the pixel: small, first-party, without cookies, and never a 5xx."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse

from crm.visitors import collecting, cookies
from tests.crm.factories import VisitorFactory

pytestmark = pytest.mark.django_db
PERSON = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
    "Accept-Language": "he",
}


@pytest.fixture
def heard(monkeypatch):
    heard = []
    monkeypatch.setattr(collecting, "_receivers", {})
    collecting.register_beacon("test.heard", lambda *told: heard.append(told[1:]))
    return heard


def send(client, body, **headers):
    body = json.dumps(body) if not isinstance(body, bytes) else body
    return client.post("/b/foam/", body, content_type="text/plain;charset=UTF-8", headers=PERSON | headers)


def test_a_beacon_reaches_its_receiver_without_a_cookie(client, workspace, heard):
    response = send(client, {"k": "test.heard", "p": 7, "source": "דף"})
    assert (response.status_code, response.content, len(response.cookies)) == (204, b"", 0)
    assert heard == [(workspace, {"k": "test.heard", "p": 7, "source": "דף"}, None, ("human", ""))]


def test_a_browser_that_is_known_again_is_named(client, workspace, heard):
    visitor = VisitorFactory(workspace=workspace)
    response = HttpResponse()
    cookies.remember(response, visitor)
    client.cookies.update(response.cookies)
    send(client, {"k": "test.heard"})
    assert heard[0][2] == visitor


def test_robots_are_marked_not_dropped(client, workspace, heard):
    send(client, {"k": "test.heard"}, **{"User-Agent": "WhatsApp/2.23 A"})
    assert heard[0][3] == ("robot", "crawler")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"k": "unknown"}',
        b'{"k": 5}',
        b'{"k": "test.heard", "deep": {"a": 1}}',
        b'{"k": "test.heard", "n": null}',
        b'{"k": "test.heard", "n": 1e999}',
        b'{"k": "test.heard", "n": NaN}',
        b'{"k": "test.heard", "n": "\\u0000"}',
        b"[" * 2000,
        b'{"k": "test.heard", "p": "' + b"x" * 301 + b'"}',
        b'{"k": "' + b"x" * 3000 + b'"}',
    ],
)
def test_nonsense_is_refused_and_reaches_nobody(client, workspace, heard, body):
    assert (send(client, body).status_code, heard) == (400, [])


def test_another_site_may_not_report_here(client, workspace, heard):
    assert send(client, {"k": "test.heard"}, Origin="https://elsewhere.example").status_code == 403
    assert send(client, {"k": "test.heard"}, Origin="http://localhost:8000").status_code == 204
    assert send(client, {"k": "test.heard"}, Origin="null").status_code == 403
    assert len(heard) == 1


def test_a_beacon_to_no_business_is_lost(client, db):
    assert send(client, {"k": "test.heard"}).status_code == 404


def test_the_pixel_says_the_same_and_a_head_says_nothing(client, workspace, heard):
    answer = client.get("/b/foam/p.gif?k=test.heard&p=7", headers=PERSON)
    assert (answer.content[:6], answer.headers["Cache-Control"], len(answer.cookies)) == (b"GIF89a", "no-store", 0)
    assert client.head("/b/foam/p.gif?k=test.heard&p=7", headers=PERSON).status_code == 200
    assert client.get("/b/foam/p.gif?k=nothing", headers=PERSON).status_code == 200
    assert [told[1] for told in heard] == [{"k": "test.heard", "p": "7"}]


def test_two_receivers_of_one_kind_are_a_mistake(heard):
    with pytest.raises(ValueError, match=r"test\.heard"):
        collecting.register_beacon("test.heard", print)
