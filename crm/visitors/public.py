"""Where browsers report: the beacon, and the pixel for those without JavaScript. Neither needs a cookie, neither sets one."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from crm.visitors.collecting import BadBeacon, check, collect, parse
from crm.workspaces.models import Workspace

DOT = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # one transparent pixel


@csrf_exempt
@require_POST
def beacon(request: HttpRequest, *, workspace: str) -> HttpResponse:
    """204: nobody reads the answer. 400 for nonsense, 403 from another site, 404 for no such business."""
    found = get_object_or_404(Workspace, slug=workspace)
    if not from_ourselves(request):
        return HttpResponse(status=403)
    try:
        collect(request, found, parse(request.body))
    except BadBeacon as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return HttpResponse(status=204)


@require_safe
def pixel(request: HttpRequest, *, workspace: str) -> HttpResponse:
    """The same reports from `<noscript>`, in the query. A broken one still gets its dot; a HEAD writes nothing."""
    found = get_object_or_404(Workspace, slug=workspace)
    if request.method == "GET":
        with suppress(BadBeacon):
            collect(request, found, check(request.GET.dict()))
    response = HttpResponse(DOT, content_type="image/gif")
    response.headers["Cache-Control"] = "no-store"
    return response


def from_ourselves(request: HttpRequest) -> bool:
    """Browsers name the page's origin with every beacon; another site must not make its visitors report here."""
    origin = request.headers.get("Origin")
    ours = {settings.PUBLIC_URL, settings.SITE_URL}
    return origin is None or origin in ours or urlsplit(origin).netloc == request.get_host()
