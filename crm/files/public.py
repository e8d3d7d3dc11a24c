"""What anybody may fetch: pictures by their hash, and the business's colour. Immutable, without a query or a cookie."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from crm.files.branding import stylesheet
from crm.files.storing import CONTENT_TYPES, path_of

FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def image(request: HttpRequest, *, digest: str, extension: str) -> HttpResponseBase:
    """The bytes behind a hash. A mail program on any origin may show them; a browser never runs them."""
    if extension not in CONTENT_TYPES:
        raise Http404
    try:
        handle = path_of(digest, extension).open("rb")
    except OSError as error:
        raise Http404 from error
    response = FileResponse(handle, content_type=CONTENT_TYPES[extension])
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def brand(request: HttpRequest, *, colour: str) -> HttpResponse:
    response = HttpResponse(stylesheet(colour), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = FOR_EVER
    return response
