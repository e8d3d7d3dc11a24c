"""What browsers report: beacons and the pixel. Rooms above register what they want to hear of.

    register_beacon("page.viewed", receive)   # receive(request, workspace, payload, visitor, verdict)

A receiver only appends events. `payload` is what the browser sent, a flat dict of short strings and numbers, and is to be
doubted; `verdict` is (verdict, reason). A receiver raises BadBeacon for what it cannot take.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from crm.visitors.cookies import visitor_of
from crm.visitors.models import Visitor
from crm.visitors.robots import verdict
from crm.workspaces.models import Workspace

Receiver = Callable[[HttpRequest, Workspace, dict[str, Any], Visitor | None, tuple[str, str]], None]
LARGEST_BODY = 2048  # bytes
LARGEST_VALUE = 300  # characters
MOST_KEYS = 12
_receivers: dict[str, Receiver] = {}


class BadBeacon(ValueError):
    """The report is malformed, or of nothing we know."""


def register_beacon(kind: str, function: Receiver) -> None:
    if _receivers.setdefault(kind, function) is not function:
        raise ValueError(f"two receivers for the beacon {kind}")


def collect(request: HttpRequest, workspace: Workspace, payload: dict[str, Any]) -> None:
    """Hands one report, whose kind is `k`, to its receiver, in one transaction. Raises BadBeacon."""
    receiver = _receivers.get(str(payload.get("k", "")))
    if receiver is None:
        raise BadBeacon("unknown kind")
    about = verdict(request.headers, method=request.method or "GET")
    with transaction.atomic():
        receiver(request, workspace, payload, visitor_of(request, workspace), about)


def parse(body: bytes) -> dict[str, Any]:
    """A beacon's body as a flat dict; raises BadBeacon for anything else."""
    if len(body) > LARGEST_BODY:
        raise BadBeacon("too large")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadBeacon("not JSON") from error
    return check(payload)


def _is_text(value: str) -> bool:
    """Neither NUL, which PostgreSQL cannot hold, nor half of a surrogate pair, which UTF-8 cannot."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)


def check(payload: Any) -> dict[str, Any]:
    if not isinstance(payload, dict) or len(payload) > MOST_KEYS:
        raise BadBeacon("not a flat object")
    for value in payload.values():
        if isinstance(value, str) and len(value) <= LARGEST_VALUE and _is_text(value):
            continue
        if isinstance(value, bool | int | float) and -(2**53) < value < 2**53:
            continue
        raise BadBeacon("not a flat object")
    return payload
