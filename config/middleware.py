"""What every request passes, beside Django's own: which origin may answer what, the member's language, toasts over HTMX."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponse]
PUBLIC_PREFIXES = ("/p/", "/l/", "/o/", "/u/", "/b/", "/s/", "/files/", "/static/", "/healthz")


def public_origin(get_response: Handler) -> Handler:
    """Where PUBLIC_URL differs from SITE_URL, public routes answer only there and members' routes only on SITE_URL."""
    public_host = urlsplit(settings.PUBLIC_URL).netloc
    separate = settings.PUBLIC_URL != settings.SITE_URL

    def middleware(request: HttpRequest) -> HttpResponse:
        is_public = request.path_info.startswith(PUBLIC_PREFIXES)
        shared = request.path_info.startswith(("/static/", "/files/", "/healthz"))
        if separate and not shared and is_public != (request.get_host() == public_host):
            return HttpResponse("Not found", status=404, content_type="text/plain")
        return get_response(request)

    return middleware


def member_language(get_response: Handler) -> Handler:
    """The interface speaks the signed-in user's language; before that, the cookie, the browser, then Hebrew."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/"):
            language = (
                translation.get_language_from_request(request) if request.headers.get("Accept-Language") else "en"
            )
        elif request.user.is_authenticated:
            language = request.user.language
        else:
            language = translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def carry_toasts(get_response: Handler) -> Handler:
    """Stands inside MessageMiddleware, so that what was carried is not kept for the next request as well."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "htmx", False) and response.status_code < 300:
            _carry_toasts(request, response)
        return response

    return middleware


def _carry_toasts(request: HttpRequest, response: HttpResponse) -> None:
    """A swapped part has no place for messages: they travel in a header that the frame listens to."""
    if "HX-Redirect" in response.headers or "HX-Location" in response.headers:
        return
    waiting = [{"text": str(message), "undo": message.extra_tags or None} for message in messages.get_messages(request)]
    if waiting:
        response.headers["HX-Trigger"] = json.dumps(_triggers(response) | {"toast": waiting})


def _triggers(response: HttpResponse) -> dict[str, object]:
    """What the view wants to happen: a JSON object, or plain names with commas between them."""
    header = response.headers.get("HX-Trigger", "")
    if header.startswith("{"):
        return dict(json.loads(header))
    return {name.strip(): True for name in header.split(",") if name.strip()}
