"""The outbox for members: the mails that were kept instead of sent, opened and clicked as their readers would."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_safe

from crm.outbox.models import OutboxMessage
from crm.outbox.reading import Letter
from crm.workspaces.http import MemberRequest, reader, wants_part

PAGE_SIZE = 50
# Pictures may come from anywhere, as in a mail program; nothing runs, nothing is posted, and a click opens a window of its own.
POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src * data:; frame-ancestors 'self'; form-action 'none'; base-uri 'none'"
)


def _messages(request: MemberRequest) -> QuerySet[OutboxMessage]:
    """Of this business, those the member may read: an invitation's link is a key to it."""
    messages = OutboxMessage.objects.filter(workspace=request.workspace)
    return messages if request.membership.may_manage else messages.filter(owners_only=False)


def _message(request: MemberRequest, pk: int) -> OutboxMessage:
    message: OutboxMessage = get_object_or_404(_messages(request), pk=pk)
    return message


@require_GET
@reader
def message_list(request: MemberRequest) -> HttpResponse:
    messages = _messages(request).defer("mime")
    query = request.GET.get("q", "").replace("\0", "").strip()
    if query:
        messages = messages.filter(Q(subject__icontains=query) | Q(rcpt_to__icontains=query))
    page = Paginator(messages, PAGE_SIZE).get_page(request.GET.get("page"))
    name = "_message_results.html" if wants_part(request) else "message_list.html"
    return render(request, f"crm/outbox/{name}", {"page": page, "q": query})


@require_GET
@reader
def message_page(request: MemberRequest, pk: int) -> HttpResponse:
    """One mail: `?part=` html (in a frame), text, or headers."""
    message = _message(request, pk)
    letter = Letter(bytes(message.mime))
    parts = [name for name in ("html", "text", "headers") if name != "html" or letter.html]
    part = request.GET.get("part", "")
    context = {"message": message, "letter": letter, "part": part if part in parts else parts[0], "parts": parts}
    return render(request, "crm/outbox/message_page.html", context)


@require_safe
@xframe_options_sameorigin
@reader
def message_html(request: MemberRequest, pk: int) -> HttpResponse:
    """The HTML part alone, for the frame."""
    letter = Letter(bytes(_message(request, pk).mime))
    if not letter.html:
        raise Http404
    response = HttpResponse(letter.framed)
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
