"""The stranger's page, finished, in the memory of the process.

Every stranger gets the same bytes: no cookie, no CSRF token, no nonce, no time. They are put together when a version is first
asked for and kept; once a second, at most, one small question asks the database whether they are still the right ones. So a
page on the air costs no query, and what is published in one process shows in all of them within a second.

`strangers_first` is a middleware near the door: a stranger who asks for a page that is warm gets it before sessions, languages
and logs are set up. Its headers are those that the whole stack gave the same page before.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from campaigns.pages.drawing import draw_stranger
from campaigns.pages.models import LandingPage, PageVersion
from crm.workspaces.models import Workspace

FRESH_SECONDS = 1.0
KEPT = 500  # pages in memory; some 40 KB each
Address = tuple[str, str]  # slugs of the workspace and of the page


@dataclass(frozen=True, slots=True)
class Served:
    """A page on the air. `key` is what the database said when `body` was made; another answer makes it anew."""

    key: tuple[Any, ...]
    checked: float
    version: PageVersion
    body: bytes
    etag: str

    @property
    def page(self) -> LandingPage:
        return self.version.page

    @property
    def workspace(self) -> Workspace:
        return self.version.page.workspace


_served: OrderedDict[Address, Served] = OrderedDict()
_headers: dict[str, tuple[str, dict[str, str]]] = {}  # by path: the ETag they belong to, and the finished headers
Handler = Callable[[HttpRequest], HttpResponse]


def strangers_first(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not request.path_info.startswith("/p/") or request.META.get("HTTP_COOKIE"):
            return get_response(request)
        return _at_hand(request) or _remembered(request, get_response(request))

    return middleware


def _at_hand(request: HttpRequest) -> HttpResponse | None:
    parts = request.path_info.split("/")
    kept = _served.get((parts[2], parts[3])) if len(parts) == 5 and not parts[4] else None
    etag, headers = _headers.get(request.path_info, ("", {}))
    if kept is None or kept.etag != etag or time.monotonic() - kept.checked >= FRESH_SECONDS:
        return None
    if "HTTP_IF_NONE_MATCH" in request.META:
        return None  # what to answer then is said in one place, and that is not here
    return HttpResponse(kept.body, headers=headers)


def _remembered(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    is_shared = response.headers.get("Cache-Control", "").startswith("public") and not response.cookies
    if is_shared and response.status_code == 200 and "ETag" in response.headers and len(_headers) < KEPT:
        _headers[request.path_info] = response.headers["ETag"], dict(response.headers)
    return response


def find(workspace: str, page: str) -> Served | None:
    """What is on the air at this address, or None."""
    address = (workspace, page)
    kept = _served.get(address)
    if kept and time.monotonic() - kept.checked < FRESH_SECONDS:
        return kept
    key = _ask(address)
    if key is None:
        _served.pop(address, None)
        return None
    fresh = replace(kept, checked=time.monotonic()) if kept and kept.key == key else _make(key)
    _served[address] = fresh
    _served.move_to_end(address)
    while len(_served) > KEPT:
        _served.popitem(last=False)
    return fresh


def forget(page: LandingPage | None = None) -> None:
    """What this process knows of a page (of all pages) is out of date: it was published, renamed, taken off the air."""
    _headers.clear()
    if page is None:
        _served.clear()
        return
    for address in [address for address, served in list(_served.items()) if served.page.pk == page.pk]:
        _served.pop(address, None)


def _ask(address: Address) -> tuple[Any, ...] | None:
    """Everything the bytes depend on, in one question."""
    pages = LandingPage.objects.filter(
        workspace__slug=address[0], slug=address[1], deleted_at=None, version__isnull=False
    )
    of_workspace = ("name", "slug", "brand_color", "language", "time_zone", "postal_address", "phone")
    return pages.values_list("version_id", "updated_at", *(f"workspace__{name}" for name in of_workspace)).first()


def _make(key: tuple[Any, ...]) -> Served:
    version = PageVersion.objects.select_related("page__workspace").get(pk=key[0])
    body = draw_stranger(version).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Served(key=key, checked=time.monotonic(), version=version, body=body, etag=etag)
