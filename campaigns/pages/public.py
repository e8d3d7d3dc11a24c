"""What strangers and contacts meet: the page, its form, the thank-you page, the share button, "not you?".

Nothing here needs a session or a CSRF token: a form carries a signed stamp, and a browser must say that it comes from us.
"""

from __future__ import annotations

import ipaddress
from functools import partial

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.content import answering
from campaigns.content.answering import Answers
from campaigns.content.compiling import FormState
from campaigns.pages import drawing, serving, stamps
from campaigns.pages.choosing import share_text
from campaigns.pages.drawing import PAGE, THANKS, Scene, address, draw_known, draw_stranger
from campaigns.pages.models import PageVersion
from campaigns.pages.recognising import recognise
from campaigns.pages.serving import Served
from campaigns.pages.sharing import Someone, clean_code, find, link_for, page_url, tap, whatsapp_url
from campaigns.pages.sources import of_address, of_query
from campaigns.pages.submitting import Circumstances, Lead, Sent, submit
from crm.visitors import cookies
from crm.visitors.identifying import new_visitor
from crm.visitors.public import from_ourselves
from crm.visitors.robots import verdict
from crm.workspaces.http import client_ip
from crm.workspaces.signing import BadToken

LARGEST_FORM = 256 * 1024  # bytes; the longest answers of thirty questions stay far below
FASTEST = 800  # milliseconds between drawing and sending; page.js makes a quicker person wait
SHARED = "public, max-age=15, stale-while-revalidate=60"
PRIVATE = "private, no-store"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, *, workspace: str, page: str) -> HttpResponse:
    """The page for whoever asks; its form when posted to. The query (?r=CODE, utm) stays in the address all along."""
    on_air = _on_air(workspace, page)
    if request.method == "POST":
        with translation.override(on_air.page.language), timezone.override(on_air.workspace.zone):
            return _receive(request, on_air)
    someone = recognise(request, on_air.workspace)
    if someone.contact is None:
        return _for_all(request, on_air)
    code = clean_code(request.GET.get("r"))
    if code and _is_own(on_air, someone, code):
        return _private(HttpResponseRedirect(address(on_air.page, "page")))  # one's own link is no landing
    scene = Scene(came_with=code)
    html = draw_known(on_air.version, someone, scene, may_write=request.method == "GET")
    return _private(HttpResponse(html, headers={"Content-Language": on_air.page.language}))


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


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = PRIVATE
    patch_vary_headers(response, ["Cookie"])
    return response


# -- the form -----------------------------------------------------------------------------------------------------------


def _receive(request: HttpRequest, on_air: Served) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FORM:
        return _refused(request, on_air, 413, _("That is too much for this form."))
    if not from_ourselves(request):
        return _refused(request, on_air, 403, _("This form can be sent only from its own page."))
    asked = _asked(request, on_air)
    if asked is None:
        return _refused(
            request, on_air, 400, _("This form is not here any more. Open the page again and send it from there.")
        )
    version, block = asked
    answers = answering.read(block, on_air.workspace, request.POST)
    if answers.is_trapped:
        return _private(HttpResponseRedirect(address(on_air.page, "thanks")))  # a robot need not know that we know
    someone = recognise(request, on_air.workspace)
    if _is_too_fast(request):
        answers.errors.setdefault("", []).append(_("That was very quick. Please look once more and send again."))
    if not answers.errors:
        try:
            return _thank(request, on_air, someone, _submitted(request, on_air, someone, version, block, answers))
        except ValidationError as error:
            answers.errors |= {"": error.messages} if not hasattr(error, "error_dict") else error.message_dict
    return _again(on_air, someone, version, block, answers, code=clean_code(request.GET.get("r")))


def _asked(request: HttpRequest, on_air: Served) -> tuple[PageVersion, answering.Mapping[str, object]] | None:
    """The version and block whose form this is. One of an older version is welcome: a page may stand open for long."""
    try:
        stamp = stamps.read(request.POST.get("stamp", ""))
    except (BadToken, ValueError):
        return None
    version = on_air.version
    if stamp.version_id != version.pk:
        versions = PageVersion.objects.select_related("page__workspace").filter(page=on_air.page)
        found = versions.filter(pk=stamp.version_id).first()
        if found is None:
            return None
        version = found
    blocks = [block for block in version.blocks if block["id"] == stamp.block and block["type"] == "form"]
    return (version, blocks[0]) if blocks else None


def _is_too_fast(request: HttpRequest) -> bool:
    """Only a browser that runs our script can tell; the one without it has the trap alone."""
    elapsed = request.POST.get("elapsed", "")
    return elapsed.isascii() and elapsed.isdigit() and len(elapsed) < 10 and int(elapsed) < FASTEST


def _submitted(
    request: HttpRequest,
    on_air: Served,
    someone: Someone,
    version: PageVersion,
    block: answering.Mapping[str, object],
    answers: Answers,
) -> Sent:
    data: dict[str, object] = block["data"]  # type: ignore[assignment]
    lead = Lead(
        answers={
            key: value for key, value in (answers.identity | answers.values).items() if value not in (None, "", [])
        },
        consents={row["channel"]: row["text"] for row in answers.consents},
        lists=tuple(data["lists"]),  # type: ignore[arg-type]
        tags=tuple(data["tags"]),  # type: ignore[arg-type]
    )
    found, reason = verdict(request.headers, method="POST")
    how = Circumstances(
        here=someone,
        source=of_query(request.GET),
        ip=_ip(request),
        nonce=request.POST.get("nonce", "")[:64],
        verdict=found,
        reason=reason,
        make_visitor=partial(new_visitor, request, on_air.workspace),
    )
    return submit(version, str(block["id"]), lead, how)


def _ip(request: HttpRequest) -> str:
    try:
        return str(ipaddress.ip_address(client_ip(request)))
    except ValueError:
        return ""


def _thank(request: HttpRequest, on_air: Served, someone: Someone, sent: Sent) -> HttpResponse:
    """On to the thank-you page. Only whom this form made known is greeted there: whoever types somebody else's address must
    not be told their name. The code in the address lets either share, and says nothing of them."""
    url = address(on_air.page, "thanks")
    if drawing.has_share_button(on_air.version, THANKS):
        link = link_for(on_air.page, Someone(sent.contact))
        url += f"?s={link.code}" if link else ""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    if sent.submission.is_new_contact or someone.contact == sent.contact:
        cookies.open_session(response, on_air.workspace, sent.contact.pk)
    if sent.visitor:
        cookies.remember(response, sent.visitor)
    return _private(response)


def _again(
    on_air: Served,
    someone: Someone,
    version: PageVersion,
    block: answering.Mapping[str, object],
    answers: Answers,
    *,
    code: str,
) -> HttpResponse:
    """The page with what was typed and what is wrong with it."""
    scene = Scene(forms={str(block["id"]): FormState(values=answers.typed, errors=answers.errors)}, came_with=code)
    html = draw_known(version, someone, scene) if someone.contact else draw_stranger(version, scene)
    return _private(HttpResponse(html, status=422, headers={"Content-Language": on_air.page.language}))


def _refused(request: HttpRequest, on_air: Served, status: int, words: str) -> HttpResponse:
    context = {"workspace": on_air.workspace, "page": on_air.page, "words": words, "url": request.get_full_path()}
    return _private(render(request, "campaigns/pages/refused.html", context, status=status))


# -- thanks, sharing, not you -------------------------------------------------------------------------------------------


@require_safe
def thanks(request: HttpRequest, *, workspace: str, page: str) -> HttpResponse:
    on_air = _on_air(workspace, page)
    someone = recognise(request, on_air.workspace)
    scene = Scene(part=THANKS, code=clean_code(request.GET.get("s")))
    if someone.contact:
        html = draw_known(on_air.version, someone, scene, may_write=request.method == "GET")
    else:
        html = draw_stranger(on_air.version, scene)
    return _private(HttpResponse(html, headers={"Content-Language": on_air.page.language}))


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
    return _private(HttpResponseRedirect(whatsapp_url(text, url)))


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
    return _private(response)
