"""What readers of mails reach: tracked links and the pixel. Neither needs the database to answer, and neither changes anything
but the log and who this browser is: no contact, consent or list."""

from __future__ import annotations

import base64
import logging

from django.db import Error as DatabaseFailure
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.mailings import tokens, tracking
from campaigns.mailings.tokens import LinkToken, RecipientToken
from crm.timeline.models import Verdict
from crm.visitors import cookies, identifying, robots
from crm.workspaces.models import Workspace
from crm.workspaces.signing import BadToken

log = logging.getLogger(__name__)
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
def click(request: HttpRequest, *, link: str, recipient: str) -> HttpResponse:
    """Sends on to the clean address. The token never stays in the address bar, and no page it leads to is told of it."""
    try:
        first, second = tokens.read_pair(link, recipient)
    except BadToken:
        return _quiet(render(request, "campaigns/mailings/bad_link.html", status=404))
    response = HttpResponseRedirect(first.url)
    if request.method == "GET":
        try:
            _note_click(request, response, first, second)
        except DatabaseFailure:
            log.exception("A click on mailing %s was not recorded", first.mailing_id)
    return _quiet(response)


def _note_click(request: HttpRequest, response: HttpResponse, link: LinkToken, recipient: RecipientToken) -> None:
    workspace = Workspace.objects.filter(pk=link.workspace_id).first()
    if workspace is None:
        return
    verdict = robots.verdict(request.headers, method=request.method or "GET")
    with transaction.atomic():
        visitor = cookies.visitor_of(request, workspace)
        contact = cookies.living(workspace, recipient.contact_id)
        if contact and verdict[0] != Verdict.ROBOT and tracking.leads_home(link.url, workspace):
            arrival = identifying.arrive_by_link(
                request, workspace, contact, delivery_id=recipient.delivery_id, verdict=verdict[0]
            )
            visitor = arrival.visitor
            cookies.open_session(response, workspace, contact.pk, recipient.delivery_id)
        tracking.record_click(workspace, link, recipient, visitor=visitor, verdict=verdict)
    if visitor is not None:
        cookies.remember(response, visitor)


@require_safe
def open_pixel(request: HttpRequest, *, recipient: str) -> HttpResponse:
    try:
        token = tokens.read_recipient(recipient)
    except BadToken:
        return _quiet(HttpResponse(GIF, content_type="image/gif", status=404))
    if request.method == "GET":
        try:
            _note_open(request, token)
        except DatabaseFailure:
            log.exception("An open of mailing %s was not recorded", token.mailing_id)
    return _quiet(HttpResponse(GIF, content_type="image/gif"))


def _note_open(request: HttpRequest, token: RecipientToken) -> None:
    workspace = Workspace.objects.filter(pk=token.workspace_id).first()
    if workspace is not None:
        with transaction.atomic():
            tracking.record_open(workspace, token, verdict=robots.verdict(request.headers))


def _quiet(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
