"""Flipped tokens, pictures that are none, bodies of ten megabytes: no accident, and nothing is kept."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.urls import resolve, reverse

from tests.house import routes, rows
from tests.house.conftest import Pair
from tests.house.judging import Judge
from tests.house.screens import open_screen
from tests.house.worlds import World

BIG = 10 * 1024 * 1024
# -- tokens, bytes, size -------------------------------------------------------------------------------------------------------

TOKENS = {
    "mailings_public:click": ("link", "recipient"),
    "mailings_public:open": ("recipient",),
    "consent_public:preferences": ("token",),
    "accept_invitation": ("token",),
}


def flipped(token: str) -> Iterator[str]:
    """The token with one letter changed, shortened, lengthened, and nonsense of its letters."""
    for place in range(0, len(token), 5):
        yield token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    yield from (token[:-1], token + "A", token[: len(token) // 2], "A", "A" * 400, "_" * len(token))


@pytest.mark.parametrize(("name", "part"), [(name, part) for name, parts in TOKENS.items() for part in parts])
def test_flipped_tokens_open_nothing(name: str, part: str, pair: Pair, signed_in: Any) -> None:
    route = next(each for each in routes.every() if each.name == name)
    whole = {argument: routes.thing_of(route, argument)(pair.ours) for argument in route.arguments}
    for token in flipped(whole[part]):
        for method in ("GET", "POST"):
            response = getattr(signed_in(""), method.lower())(reverse(name, kwargs=whole | {part: token}))
            assert response.status_code in ((200, 404, 405) if name.endswith("open") else (302, 404, 405)), token
            if response.status_code == 302:  # a good link with a bad recipient still leads on, as nobody's click
                assert part == "recipient"
            assert not {"mp_page", "mashpech_session"} & set(response.cookies), token
    assert rows.changed(pair.pristine, rows.everything()) in ([], ["crm_event"])


def picture(width: int, height: int, body: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


BYTES = {
    "nothing": b"",
    "text": b"hello",
    "html": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a png's head alone": b"\x89PNG\r\n\x1a\n",
    "a png without its picture": picture(10, 10),
    "a picture of 10,000 megapixels": picture(100_000, 100_000, zlib.compress(b"\0" * 1000)),
    "a gif cut short": b"GIF89a\x01\x00\x01\x00",
    "a jpeg of nonsense": b"\xff\xd8\xff\xe0" + b"\x00\x10JFIF" + b"\xaa" * 500,
    "a zip": b"PK\x03\x04" + b"\0" * 50,
    "9 MB": b"\x89PNG\r\n\x1a\n" + b"\0" * (9 * 1024 * 1024),
}


@pytest.mark.parametrize("kind", BYTES)
@pytest.mark.parametrize("name", ["a.png", "../../etc/cron.d/x.png", "א" * 300 + ".png"])
def test_wrong_image_bytes_are_refused(
    kind: str, name: str, pair: Pair, signed_in: Any, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    client, upload = signed_in(), io.BytesIO(BYTES[kind])
    upload.name = name
    screen = open_screen(client, reverse("files:file_list", args=[pair.ours.slug]))
    form = next(form for form in screen.forms if form.has_files)  # type: ignore[union-attr]
    view = resolve(form.path).view_name
    for field in ("file", "files", "image"):
        upload.seek(0)
        response = client.post(form.action, {field: upload})
        assert 400 <= response.status_code < 500, view
    assert pair.changed() == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


UNREAD = {
    "start": "leads on",
    "account_signup": "says that it is closed",
    "business_create": "asks to sign in",
    "pages_public:not_you": "forgets a cookie",
    "healthz": "says that we live",
    "mailing-start over REST": "takes no body",
    "automation-pause over REST": "takes no body",
    "automation-resume over REST": "takes no body",
    "enrolment-again over REST": "takes no body",
    "enrolment-leave over REST": "takes no body",
    "bulk-act-stop over REST": "takes no body",
    "bulk-act-undo over REST": "takes no body",
    "duplicate-apart over REST": "takes no body",
    "person-unmerge over REST": "takes no body",
    "consent_public:confirmation": "needs nothing but its address",
    "import-list over REST": "takes a form with a file, and refuses another type unread",
}  # these answer without reading a byte of it


def doors(world: World) -> dict[str, tuple[str, str]]:
    """Where anybody may send a body: name -> (URL, content type)."""
    form, text, data = "application/x-www-form-urlencoded", "text/plain", "application/json"
    stranger = [
        route
        for route in routes.public()
        if route.area == routes.PUBLIC and not route.name.startswith(("files", "mailings"))
    ]
    found = {route.name: (route.url(world), text if route.name.endswith("beacon") else form) for route in stranger}
    found |= {f"{route.name} over REST": (route.url(world), data) for route in routes.rest() if "POST" in route.actions}
    named = (
        "contacts:contact_create",
        "segments:segment_create",
        "rules:builder",
        "content:editor_block",
        "mailings:mailing_details",
    )
    return found | {name: (next(r for r in routes.members() if r.name == name).url(world), form) for name in named}


def test_ten_megabytes_are_refused_at_every_door(pair: Pair, signed_in: Any, key_of: Any) -> None:
    judge = Judge(pair)
    for name, (url, kind) in doors(pair.ours).items():
        big = b'{"name": "' + b"a" * BIG + b'"}' if "json" in kind else b"name=" + b"a" * BIG
        if "REST" in name:
            client = key_of(pair.ours)
        else:
            client = signed_in("owner" if ":" in name and "_public" not in name else "")
        response = judge(name, partial(client.generic, "POST", url, big, content_type=kind))
        if response.status_code not in (400, 403, 404, 405, 413) and name not in UNREAD:
            judge.faults.append(f"{name} took ten megabytes: {response.status_code}")
    judge.rule()
