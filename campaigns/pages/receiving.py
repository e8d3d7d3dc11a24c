"""A form as it comes in: is it ours, is it whole, is it a person; then the verb, then on to the thank-you page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from campaigns.content import answering
from campaigns.content.answering import Answers
from campaigns.content.compiling import FormState
from campaigns.pages import drawing, stamps
from campaigns.pages.drawing import THANKS, Scene, address, draw_known, draw_stranger
from campaigns.pages.models import PageVersion
from campaigns.pages.recognising import recognise
from campaigns.pages.serving import Served
from campaigns.pages.sharing import Someone, clean_code, link_for
from campaigns.pages.sources import of_query
from campaigns.pages.submitting import Circumstances, Lead, Sent, submit
from crm.visitors import cookies
from crm.visitors.identifying import new_visitor
from crm.visitors.public import from_ourselves
from crm.visitors.robots import verdict
from crm.workspaces.http import client_ip
from crm.workspaces.limiting import is_too_often
from crm.workspaces.signing import BadToken

LARGEST_FORM = 256 * 1024  # bytes; the longest answers of thirty questions stay far below
FASTEST = 800  # milliseconds between drawing and sending; page.js makes a quicker person wait
WINDOW = 600  # seconds in which settings.FORMS_PER_ADDRESS may come from one address
PRIVATE = "private, no-store"
Block = Mapping[str, Any]


def private(response: HttpResponse) -> HttpResponse:
    """For one browser and for no cache."""
    response.headers["Cache-Control"] = PRIVATE
    patch_vary_headers(response, ["Cookie"])
    return response


def receive(request: HttpRequest, on_air: Served) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FORM:
        return _refused(request, on_air, 413, _("That is too much for this form."))
    if not from_ourselves(request):
        return _refused(request, on_air, 403, _("This form can be sent only from its own page."))
    asked = _asked(request, on_air)
    if is_too_often(request, "form", most=settings.FORMS_PER_ADDRESS, seconds=WINDOW):
        return _refused(request, on_air, 429, _("Too many forms came from here. Please try again in a few minutes."))
    if asked is None:
        return _refused(
            request, on_air, 400, _("This form is not here any more. Open the page again and send it from there.")
        )
    version, block = asked
    answers = answering.read(block, on_air.workspace, request.POST)
    if answers.is_trapped:
        return private(HttpResponseRedirect(address(on_air.page, "thanks")))  # a robot need not know that we know
    someone = recognise(request, on_air.workspace)
    if _is_too_fast(request):
        answers.errors.setdefault("", []).append(_("That was very quick. Please look once more and send again."))
    if not answers.errors:
        try:
            return _thank(request, on_air, someone, _submitted(request, on_air, someone, version, block, answers))
        except ValidationError as error:
            answers.errors |= {"": error.messages} if not hasattr(error, "error_dict") else error.message_dict
    return _again(on_air, someone, version, block, answers, code=clean_code(request.GET.get("r")))


def _asked(request: HttpRequest, on_air: Served) -> tuple[PageVersion, Block] | None:
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
    block: Block,
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
        ip=client_ip(request),
        nonce=request.POST.get("nonce", "")[:64],
        verdict=found,
        reason=reason,
        make_visitor=partial(new_visitor, request, on_air.workspace),
    )
    return submit(version, str(block["id"]), lead, how)


def _thank(request: HttpRequest, on_air: Served, someone: Someone, sent: Sent) -> HttpResponse:
    """On to the thank-you page. Only whom this form made known is greeted there: whoever types somebody else's address must
    not be told their name. The code in the address lets either share, and says nothing of them."""
    query: dict[str, str] = {}
    if drawing.has_share_button(on_air.version, THANKS):
        link = link_for(on_air.page, Someone(sent.contact))
        query |= {"s": link.code} if link else {}
    if sent.pending and on_air.workspace.double_opt_in:  # else it would tell who had unsubscribed
        query["confirm"] = "1"
    response = HttpResponseRedirect(address(on_air.page, "thanks") + (f"?{urlencode(query)}" if query else ""))
    response.status_code = 303
    if sent.submission.is_new_contact or someone.contact == sent.contact:
        cookies.open_session(response, on_air.workspace, sent.contact.pk)
    if sent.visitor:
        cookies.remember(response, sent.visitor)
    return private(response)


def _again(
    on_air: Served,
    someone: Someone,
    version: PageVersion,
    block: Block,
    answers: Answers,
    *,
    code: str,
) -> HttpResponse:
    """The page with what was typed and what is wrong with it."""
    scene = Scene(forms={str(block["id"]): FormState(values=answers.typed, errors=answers.errors)}, came_with=code)
    html = draw_known(version, someone, scene) if someone.contact else draw_stranger(version, scene)
    return private(HttpResponse(html, status=422, headers={"Content-Language": on_air.page.language}))


def _refused(request: HttpRequest, on_air: Served, status: int, words: str) -> HttpResponse:
    context = {"workspace": on_air.workspace, "page": on_air.page, "words": words, "url": request.get_full_path()}
    return private(render(request, "campaigns/pages/refused.html", context, status=status))
