"""How REST answers what Django itself refused. Apart from `rest`, which DRF reads while it is still being imported."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.defaults import page_not_found
from drf_standardized_errors.handler import ExceptionHandler
from psycopg.errors import DeadlockDetected, SerializationFailure
from rest_framework import exceptions, status

from crm.workspaces.rest import TooLarge


class Busy(exceptions.APIException):
    status_code = 409
    default_detail = _("Somebody changed the same at the same moment. Nothing was done: send it again.")
    default_code = "busy"


class Errors(ExceptionHandler):
    """What Django refuses before we see it is the caller's fault too; a deadlock that was lost is nobody's."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, OperationalError) and isinstance(exc.__cause__, DeadlockDetected | SerializationFailure):
            return Busy()
        if isinstance(exc, RequestDataTooBig):
            return TooLarge()
        if isinstance(exc, SuspiciousOperation):
            return exceptions.ParseError(str(exc))
        converted: Exception = super().convert_known_exceptions(exc)
        return converted


def not_found(request: HttpRequest, exception: Exception, **kwargs: Any) -> HttpResponse:
    """The page for people; under /api/ the shape that programs read, also where no resource has the address."""
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception, **kwargs)
    error = exceptions.NotFound()
    told = {"code": error.get_codes(), "detail": str(error.detail), "attr": None}
    return JsonResponse({"type": "client_error", "errors": [told]}, status=status.HTTP_404_NOT_FOUND)
