"""Calls that may be sent again: an unsafe call with an `Idempotency-Key` is done once, and its answer is kept for 24 hours.

The work and the kept answer commit in one transaction, so that a crash leaves both or neither; while a call is at work its key
is held by a lock of that transaction, which a dead connection gives back by itself. Kept are 2xx and the refusals that the same
body will always get (400, 404, 413, 422); after 401, 403, 405, 409, 415, 429 and 5xx nothing was done and the key is free.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection, transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from crm.workspaces.models import KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LIFETIME = timedelta(hours=24)
LONGEST = 1024 * 1024  # bytes of an answer that is kept
VALID = re.compile(r"[\x21-\x7e]{1,200}")
REFUSED_FOR_GOOD = frozenset({400, 404, 413, 422})
REFUSALS = (exceptions.APIException, Http404, PermissionDenied, SuspiciousOperation)
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
Handler = Callable[..., HttpResponseBase]


class AtWork(exceptions.APIException):
    status_code = 409
    default_detail = gettext_lazy("The first call with this Idempotency-Key is still at work. Try again in a moment.")
    default_code = "idempotency_key_at_work"


class NotKept(exceptions.APIException):
    status_code = 409
    default_detail = gettext_lazy("This was done, but its answer was too long to keep. Read the result instead.")
    default_code = "idempotent_answer_not_kept"


class Reused(exceptions.APIException):
    status_code = 422
    default_detail = gettext_lazy("This Idempotency-Key was used for another call. Use a new key for each.")
    default_code = "idempotency_key_reused"


class Idempotent:
    """For viewsets. `reading` names the actions whose POST only reads: nothing there is done twice, and no key is looked at."""

    reading: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        method = str(request.method).lower()
        key = request.headers.get(HEADER)
        view: Any = self
        if key is None or request.method in SAFE_METHODS or view.action in self.reading or not hasattr(view, method):
            return
        if not VALID.fullmatch(key):
            raise exceptions.ValidationError({HEADER: [_("Write 1 to 200 visible ASCII characters.")]})
        setattr(view, method, partial(_once, view, getattr(view, method), key))


def _once(view: Any, handler: Handler, key: str, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """The handler's answer, or the one it gave to the same call before. Anything else it raises undoes everything."""
    fingerprint = _fingerprint(request)
    with transaction.atomic():
        _take_turn(request.auth.pk, key)
        kept = _kept(request.auth.pk, key)
        if kept is not None:
            return _replayed(kept, fingerprint)
        response = _answered(view, handler, request, *args, **kwargs)
        if response.status_code < 300 or response.status_code in REFUSED_FOR_GOOD:
            _keep(request.auth.pk, key, fingerprint, response)
        return response


def _take_turn(api_key_id: int, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"idempotency {api_key_id} {key}"])
        if not cursor.fetchone()[0]:
            raise AtWork


def _kept(api_key_id: int, key: str) -> KeptAnswer | None:
    """The answer given within 24 hours; an older one is dropped, and the key is new again."""
    rows = KeptAnswer.objects.filter(api_key_id=api_key_id, key=key)
    rows.filter(created_at__lte=timezone.now() - LIFETIME).delete()
    return rows.first()


def _replayed(kept: KeptAnswer, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        raise Reused
    if kept.body is None:
        raise NotKept
    response = HttpResponse(bytes(kept.body), status=kept.status, content_type="application/json")
    if not kept.body:
        del response["Content-Type"]
    response[REPLAYED] = "true"
    return response


def _answered(view: Any, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> Any:
    """A refusal is an answer too; what the handler had begun before it is undone."""
    try:
        with transaction.atomic():
            response: Any = handler(request, *args, **kwargs)
    except REFUSALS as error:
        response = view.handle_exception(error)
    return response


def _keep(api_key_id: int, key: str, fingerprint: str, response: Response) -> None:
    body = b"" if response.data is None else JSONRenderer().render(response.data)
    about: dict[str, Any] = {"fingerprint": fingerprint, "status": response.status_code}
    KeptAnswer.objects.create(api_key_id=api_key_id, key=key, body=body if len(body) <= LONGEST else None, **about)


def _fingerprint(request: Request) -> str:
    """Of the method, the address with its query, and the bytes of the body; of a form with files, its parts."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if str(request.content_type).startswith("multipart/"):
        for name, values in sorted(request.POST.lists()):
            digest.update(repr((name, values)).encode())
        for name, file in sorted(request.FILES.items()):
            digest.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    else:
        digest.update(request._request.body)
    return digest.hexdigest()


def forget(now: datetime, *, limit: int = 10_000) -> int:
    """Drops answers older than 24 hours, in batches; returns how many."""
    total = 0
    while True:
        old = KeptAnswer.objects.filter(created_at__lte=now - LIFETIME).order_by("created_at")[:limit]
        dropped = KeptAnswer.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
        total += dropped
        if dropped < limit:
            return total
