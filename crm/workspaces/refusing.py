"""How REST answers what Django itself refused. Apart from `rest`, which DRF reads while it is still being imported."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions

from crm.workspaces.rest import TooLarge


class Errors(ExceptionHandler):
    """What Django refuses before we see it is the caller's fault too."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, RequestDataTooBig):
            return TooLarge()
        if isinstance(exc, SuspiciousOperation):
            return exceptions.ParseError(str(exc))
        converted: Exception = super().convert_known_exceptions(exc)
        return converted
