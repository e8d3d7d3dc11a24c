"""The way out of every mail, and the page of preferences behind it. Opening it changes nothing; only a POST does.

Whoever holds the token acts for the address it was mailed to, so no cookie and no CSRF token is asked for: a stranger's site
cannot know the token. One-click (RFC 8058) is the same address with the body `List-Unsubscribe=One-Click`.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm.consent import confirming, requesting
from crm.consent.choosing import Preferences, save_lists
from crm.consent.granting import mask, withdraw
from crm.consent.models import PendingConsent, SubjectRequest
from crm.consent.tokens import BadToken, Unsubscribe, read
from crm.consent.unsubscribing import come_back, contact_of, unsubscribe
from crm.contacts.models import Contact
from crm.workspaces.http import client_ip
from crm.workspaces.models import Workspace

OTHER_ACTIONS = ("lists", "stop", *SubjectRequest.Kind.values)
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, *, token: str) -> HttpResponse:
    try:
        found = read(token)
    except BadToken:
        return _quiet(render(request, "crm/consent/bad_link.html", status=404))
    workspace = Workspace.objects.filter(pk=found.workspace_id).first()
    if workspace is None:
        return _quiet(render(request, "crm/consent/business_gone.html"))
    with translation.override(language(request, workspace)):
        response = _act(request, found, workspace) if request.method == "POST" else _page(request, found, workspace)
        response.headers["Content-Language"] = translation.get_language()
    return _quiet(response)


def language(request: HttpRequest, workspace: Workspace) -> str:
    """As asked by the switch on the page, else the business's."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else workspace.language


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, *, token: str) -> HttpResponse:
    """The page behind a confirmation mail. Robots open links, so only a press confirms."""
    try:
        pending = confirming.read(token)
    except BadToken:
        return _quiet(render(request, "crm/consent/bad_link.html", status=404))
    with translation.override(language(request, pending.workspace)):
        if request.method == "POST":
            confirming.confirm(pending, ip=client_ip(request) or None)
            response: HttpResponse = redirect(request.get_full_path())
        else:
            response = _asked(request, pending)
        response.headers["Content-Language"] = translation.get_language()
    return _quiet(response)


def _asked(request: HttpRequest, pending: PendingConsent) -> HttpResponse:
    is_theirs = pending.is_open and pending.contact.email == pending.address and not pending.contact.deleted_at
    state = "open" if is_theirs else "done" if pending.closed_at else "gone"
    context = {"workspace": pending.workspace, "state": state, "address": mask(pending.address)}
    context |= {"wordings": list(pending.consents.values())}
    return render(request, "crm/consent/confirmation.html", context, status=410 if state == "gone" else 200)


def _page(request: HttpRequest, token: Unsubscribe, workspace: Workspace) -> HttpResponse:
    contact = contact_of(token)
    template = "crm/consent/preferences.html" if contact else "crm/consent/nobody.html"
    shown = Preferences(workspace, token, contact)
    context = {"workspace": workspace, "shown": shown, "saved": request.GET.get("saved", "")}
    return render(request, template, context)


def _act(request: HttpRequest, token: Unsubscribe, workspace: Workspace) -> HttpResponse:
    if request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1] or not request.POST:
        unsubscribe(token, source="one_click", ip=client_ip(request))
        return HttpResponse(_("Removed."), content_type="text/plain; charset=utf-8")
    action = request.POST.get("action", "")
    contact = contact_of(token)
    shown = Preferences(workspace, token, contact)
    if action == "leave":
        unsubscribe(token, source="unsubscribe", wording=shown.leave_words, ip=client_ip(request))
    elif action == "return" and contact is not None and shown.may_return:
        come_back(token, contact, wording=shown.return_words, ip=client_ip(request))
    elif action in OTHER_ACTIONS and contact is not None:
        _do(request, contact, action, shown)
    else:
        return render(request, "crm/consent/bad_link.html", {"workspace": workspace}, status=400)
    query = {"lang": request.GET.get("lang", ""), "saved": action if action in OTHER_ACTIONS else ""}
    kept = urlencode({name: value for name, value in query.items() if value})
    return redirect(request.path + (f"?{kept}" if kept else ""))


def _do(request: HttpRequest, contact: Contact, action: str, shown: Preferences) -> None:
    if action == "lists":
        save_lists(contact, request.POST.getlist("list"))
    elif action == "stop":
        for row in shown.channels:
            if row.channel == request.POST.get("channel"):
                words = shown.stop_words(row.channel)
                withdraw(contact, row.channel, source="preferences", wording=words, ip=client_ip(request))
    elif action in SubjectRequest.Kind.values:
        requesting.ask(contact, action)


def _quiet(response: HttpResponse) -> HttpResponse:
    """The address is a secret of the person's: no cache keeps it, no link carries it on, no search engine lists it."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
