"""What strangers and contacts meet: the page, its form, the thank-you page, the share button, "not you?".

Nothing here needs a session or a CSRF token: a form carries a signed stamp, and a browser must say that it comes from us.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.pages import serving
from campaigns.pages.choosing import share_text
from campaigns.pages.drawing import PAGE, THANKS, Scene, address, draw_known, draw_stranger
from campaigns.pages.receiving import private, receive
from campaigns.pages.recognising import recognise
from campaigns.pages.serving import Served
from campaigns.pages.sharing import Someone, clean_code, find, page_url, tap, whatsapp_url
from campaigns.pages.sources import of_address
from crm.visitors import cookies
from crm.visitors.public import from_ourselves
from crm.visitors.robots import verdict

SHARED = "public, max-age=15, stale-while-revalidate=60"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, *, workspace: str, page: str) -> HttpResponse:
    """The page for whoever asks; its form when posted to. The query (?r=CODE, utm) stays in the address all along."""
    on_air = _on_air(workspace, page)
    if request.method == "POST":
        with translation.override(on_air.page.language), timezone.override(on_air.workspace.zone):
            return receive(request, on_air)
    someone = recognise(request, on_air.workspace)
    if someone.contact is None:
        return _for_all(request, on_air)
    code = clean_code(request.GET.get("r"))
    if code and _is_own(on_air, someone, code):
        return private(HttpResponseRedirect(address(on_air.page, "page")))  # one's own link is no landing
    scene = Scene(came_with=code)
    html = draw_known(on_air.version, someone, scene, may_write=request.method == "GET")
    return private(HttpResponse(html, headers={"Content-Language": on_air.page.language}))


def _on_air(workspace: str, page: str) -> Served:
    on_air = serving.find(workspace, page)
    if on_air is None:
        raise Http404
    return on_air


def _is_own(on_air: Served, someone: Someone, code: str) -> bool:
    link = find(on_air.workspace, code)
    return bool(link and someone.contact and link.contact_id == someone.contact.pk)


def _for_all(request: HttpRequest, on_air: Served) -> HttpResponse:
    """The stranger's bytes. Shared caches keep them apart from those of people with cookies."""
    response = HttpResponse(on_air.body, headers={"ETag": on_air.etag, "Content-Language": on_air.page.language})
    response.headers["Cache-Control"] = SHARED
    patch_vary_headers(response, ["Cookie"])
    answer = get_conditional_response(request, etag=on_air.etag, response=response)
    return answer or response  # type: ignore[return-value]


# -- thanks, sharing, not you -------------------------------------------------------------------------------------------


@require_safe
def thanks(request: HttpRequest, *, workspace: str, page: str) -> HttpResponse:
    on_air = _on_air(workspace, page)
    someone = recognise(request, on_air.workspace)
    asks = request.GET.get("confirm") == "1"
    scene = Scene(part=THANKS, code=clean_code(request.GET.get("s")), asks_to_confirm=asks)
    if someone.contact:
        html = draw_known(on_air.version, someone, scene, may_write=request.method == "GET")
    else:
        html = draw_stranger(on_air.version, scene)
    return private(HttpResponse(html, headers={"Content-Language": on_air.page.language}))


@require_safe
def share(request: HttpRequest, *, workspace: str, page: str) -> HttpResponse:
    """Records the tap and goes on to WhatsApp with the owner's words and the sharer's own link. A HEAD records nothing."""
    on_air = _on_air(workspace, page)
    part = THANKS if request.GET.get("at") == THANKS else PAGE
    someone = recognise(request, on_air.workspace)
    text = share_text(on_air.version, part, someone.contact)
    if request.method == "HEAD":
        url = page_url(on_air.page)
    else:
        found, reason = verdict(request.headers)
        came_with = clean_code(request.GET.get("s")) or of_address(request.headers.get("Referer", "")).code
        url = tap(on_air.page, someone, came_with=came_with, verdict=found, reason=reason)
    return private(HttpResponseRedirect(whatsapp_url(text, url)))


@csrf_exempt
@require_POST
def not_you(request: HttpRequest, *, workspace: str, page: str) -> HttpResponse:
    """Forgets who was greeted here, and, where browsing was followed as that person, whose browser this was: from now on it is
    a stranger's. What is known of the earlier person stays theirs. The code of the friend who brought this one stays too."""
    on_air = _on_air(workspace, page)
    if not from_ourselves(request):
        return HttpResponse(status=403)
    code = clean_code(request.GET.get("r"))
    response = HttpResponseRedirect(address(on_air.page, "page") + (f"?r={code}" if code else ""))
    response.status_code = 303
    someone = recognise(request, on_air.workspace)
    cookies.close_session(response, on_air.workspace)
    if someone.visitor and someone.contact:
        cookies.forget(response, on_air.workspace)
    return private(response)
