"""Whether the installation can work: the database answers, the broker takes a message."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from kombu import Connection
from kombu.exceptions import KombuError


def healthz(request: HttpRequest) -> JsonResponse:
    """200 {"database": "ok", "broker": "ok"}, or 503 with "unreachable" in the part that is."""
    parts = {"database": _database(), "broker": _broker()}
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker() -> str:
    try:
        with Connection(settings.BROKER_URL, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (KombuError, OSError, ConnectionError):
        return "unreachable"
    return "ok"
