"""REST: who asks (an API key), what it may do (scopes), how pages are cut. Named in settings.REST_FRAMEWORK."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions, permissions, throttling
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from crm.workspaces.models import ApiKey

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mk_…`. Sets `request.auth` to the key and `request.workspace` to its business."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if len(words) != 2 or words[0].lower() != "bearer":
            return None
        key = ApiKey.find(words[1])
        if key is None:
            raise exceptions.AuthenticationFailed(_("This API key is not known, or was revoked."))
        self._note_use(key)
        asked: Any = request
        asked.workspace = asked._request.workspace = key.workspace
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _note_use(self, key: ApiKey) -> None:
        """Once a minute at most: the key's row must not become a queue that every call waits in."""
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at > timedelta(minutes=1):
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "mk_…"}


class ScopedPermission(permissions.BasePermission):
    """Reading needs the scope `read`, everything else `write`. A view names its POSTs that only read in `reading`."""

    message = _("This API key may not do that.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiKey):
            return False
        reads = request.method in permissions.SAFE_METHODS or getattr(view, "action", "") in getattr(
            view, "reading", ()
        )
        return (ApiKey.Scope.READ if reads else ApiKey.Scope.WRITE) in request.auth.scopes


class ApiKeyThrottle(throttling.SimpleRateThrottle):
    scope = "api_key"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"api-key-{request.auth.pk}" if isinstance(request.auth, ApiKey) else None


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = _("The request is too large.")
    default_code = "too_large"


class BoundedJSONParser(JSONParser):
    """Refuses what is too large, what is nested so deeply that reading it would exhaust the stack, and halves of characters."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            data = super().parse(BytesIO(body), media_type=media_type, parser_context=parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError as error:
            raise exceptions.ParseError(_("The JSON is nested too deeply.")) from error
        except UnicodeEncodeError as error:  # "\ud800": half of a pair, which neither UTF-8 nor the database can hold
            raise exceptions.ParseError(_("The JSON holds half of a character.")) from error
        return data


class CursorPages(CursorPagination):
    """Newest first by default; a cursor never skips or repeats a row when rows are added meanwhile."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
