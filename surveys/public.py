"""The page people answer on. No session, no pixel, no beacon, no CSRF token: a form carries a signed stamp, and a browser must
say that it comes from us. Of an anonymous survey nothing of the request is kept, and only an open poll sets a cookie."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from surveys import rehearsing
from surveys.at_hand import defined, find
from surveys.drawing import part_html, state_html, thanks_html
from surveys.models import Survey
from surveys.receiving import receive
from surveys.saying import STATES
from surveys.visiting import Visit, arrive, obstacle, remember_browser

NOTES = ("again", "named")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, *, code: str, link: str = "") -> HttpResponse:
    visit = _sender(request, code, link) if request.method == "POST" else arrive(request, _found(code), link)
    with translation.override(visit.language), timezone.override(visit.survey.workspace.zone):
        response = receive(request, visit) if request.method == "POST" else _page(request, visit)
    if response.status_code == 200:
        remember_browser(response, visit)
    return quiet(response, visit)


@require_safe
def thanks(request: HttpRequest, *, code: str) -> HttpResponse:
    visit = arrive(request, _found(code), "")
    note = request.GET.get("note", "")
    with translation.override(visit.language), timezone.override(visit.survey.workspace.zone):
        return quiet(HttpResponse(thanks_html(visit, note=note if note in NOTES else "")), visit)


@require_safe
def preview(request: HttpRequest, *, code: str) -> HttpResponse:
    """Where the link in a preview or a test of a mailing leads: the questions, and nothing that could be sent."""
    visit = arrive(request, _found(code), "")
    with translation.override(visit.language), timezone.override(visit.survey.workspace.zone):
        if visit.survey.status == Survey.Status.CLOSED:
            return quiet(HttpResponse(state_html(visit, "closed")), visit)
        return quiet(HttpResponse(rehearsing.preview(visit, request.GET.get("part", ""))), visit)


def _sender(request: HttpRequest, code: str, link: str) -> Visit:
    at_hand = defined(code)
    if at_hand is None:
        raise Http404
    return arrive(request, at_hand.survey, link, at_hand=at_hand)


def _found(code: str) -> Survey:
    found = find(code)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, visit: Visit) -> HttpResponse:
    stopped = obstacle(visit)
    if stopped:
        return HttpResponse(state_html(visit, stopped), status=STATES[stopped].status)
    return HttpResponse(part_html(visit, visit.way.part(_number(request, visit))))


def _number(request: HttpRequest, visit: Visit) -> int:
    """The part in the address, where answers are kept and one can be asked for; else where they stopped."""
    if visit.survey.is_anonymous or not visit.has_link:
        return 1
    asked = request.GET.get("part", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 4:
        return int(asked)
    is_under_way = visit.response is not None and not visit.response.is_complete and visit.is_own_response
    return visit.way.first_open().number if is_under_way else 1


def quiet(response: HttpResponse, visit: Visit) -> HttpResponse:
    """For one browser and for no cache. The address may be a person's own link: it is told to nobody else."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"  # a form must still be able to say where it comes from
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Language"] = visit.language
    patch_vary_headers(response, ["Cookie"])
    return response
