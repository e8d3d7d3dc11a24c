"""Whether the installation can work: the database answers, the broker takes a message. And whether automations keep time."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import KombuError

from campaigns.automations import counting
from campaigns.automations.models import Enrolment

LATE = timedelta(minutes=5)


def healthz(request: HttpRequest) -> JsonResponse:
    """200 {"database": "ok", "broker": "ok", "automations": "ok"}, or 503 with "unreachable" in the part that is.

    Automations that are "late" (the clock or its workers stand still) or where somebody is "stuck" (an owner must mend
    something) are told and are no reason to take the site away.
    """
    parts = {"database": _database(), "broker": _broker()}
    status = 200 if set(parts.values()) == {"ok"} else 503
    return JsonResponse(parts | {"automations": _automations()}, status=status)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _automations() -> str:
    try:
        if counting.late(now=timezone.now() - LATE).exists():
            return "late"
        return "stuck" if Enrolment.objects.filter(state=Enrolment.State.STUCK).exists() else "ok"
    except DatabaseError:
        return "unknown"


def _broker() -> str:
    try:
        with Connection(settings.BROKER_URL, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (KombuError, OSError, ConnectionError):
        return "unreachable"
    return "ok"
