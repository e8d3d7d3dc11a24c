"""The editor's routes: a verb is a POST that answers with the parts that changed; a browser without scripts is sent back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from campaigns.content import blocks as block_types
from campaigns.content import documents, focus, naming, previewing, saving
from campaigns.content.documents import NoSuchBlock, StaleRevision
from campaigns.content.editing import editor_context
from campaigns.content.models import Document
from campaigns.content.panels import PanelForm
from crm.contacts.models import Contact
from crm.rules import drafting, grammar
from crm.workspaces.http import MemberRequest, editor, reader, whole
from crm.workspaces.toasts import toast

PARTS = "campaigns/content/_parts.html"


def _document(request: MemberRequest, pk: int) -> Document:
    document: Document = get_object_or_404(Document.objects.filter(workspace=request.workspace), pk=pk)
    document.workspace = request.workspace
    return document


def _revision(request: MemberRequest) -> int:
    """The newest revision that the browser knows: `latest` is kept up to date by swaps, `revision` is a form's own."""
    said = [request.POST.get("latest", ""), request.POST.get("revision", ""), request.GET.get("revision", "")]
    return max((int(each) for each in said if each.isdecimal() and len(each) < 10), default=0)


def _verb(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What every verb on a draft may meet: a stale revision, a block that is gone, content that cannot be kept."""

    @wraps(view)
    def answering(request: MemberRequest, **kwargs: Any) -> HttpResponse:
        document = _document(request, kwargs.pop("pk"))
        try:
            return view(request, document, **kwargs)
        except StaleRevision as stale:
            return _conflict(request, stale.document, kwargs.get("block", ""))
        except NoSuchBlock as error:
            raise Http404 from error
        except ValidationError as error:
            return _faulty(request, document, error)

    return answering


def _changed(request: MemberRequest, document: Document, **state: str) -> HttpResponse:
    """The panes as they now are."""
    if not request.htmx:
        return _back(request)
    context = editor_context(request, document, moved_to=state)
    response = render(request, PARTS, context)
    if state.get("block") and request.htmx.current_url_abs_path:
        response["HX-Replace-Url"] = request.htmx.current_url_abs_path.split("?")[0] + context["editor"].href()
    return response


def _back(request: MemberRequest) -> HttpResponse:
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        came_from = reverse("start")
    return HttpResponseRedirect(came_from)


def _conflict(request: MemberRequest, document: Document, block_id: str) -> HttpResponse:
    """409: what is saved now beside what was just written, and the two ways on."""
    document.workspace = request.workspace
    context = editor_context(request, document) | _both_versions(request, document, block_id)
    template = "campaigns/content/_conflict.html" if request.htmx else "campaigns/content/conflict.html"
    response = render(request, template, context, status=409)
    response["HX-Retarget"], response["HX-Reswap"] = "#content-conflict", "outerHTML"
    return response


def _both_versions(request: MemberRequest, document: Document, block_id: str) -> dict[str, Any]:
    there = next((block for block in document.blocks if block["id"] == block_id), None)
    if there is None or "editing" not in request.POST:
        return {"rows": [], "is_gone": bool(block_id) and there is None}
    changes = saving.changes(there, request.POST, request.workspace)
    labels = {each.key: each.label for each in block_types.get(there["type"]).attributes}
    rows = [
        {"label": labels[key], "saved": _in_words(there["data"].get(key), request), "mine": _in_words(mine, request)}
        for key, mine in changes.items()
        if there["data"].get(key) != mine
    ]
    return {"rows": rows, "sent": _sent_again(request), "block_id": block_id}


def _in_words(value: Any, request: MemberRequest) -> str:
    if isinstance(value, list):
        return ", ".join(_in_words(row, request) for row in value)
    if isinstance(value, dict):  # a question or a consent
        return str(value.get("text") or value.get("label") or value.get("field", ""))
    return naming.to_people(value, request.workspace) if isinstance(value, str) else str(value)


def _sent_again(request: MemberRequest) -> list[tuple[str, str]]:
    skipped = ("csrfmiddlewaretoken", "revision", "latest", "do")
    return [(key, value) for key, values in request.POST.lists() if key not in skipped for value in values]


def _faulty(request: MemberRequest, document: Document, error: ValidationError) -> HttpResponse:
    """422: nothing was saved, and what to mend."""
    context = editor_context(request, document) | {"faults": error.messages}
    return render(request, "campaigns/content/_faults.html", context, status=422)


# -- verbs ----------------------------------------------------------------------------------------------------------------


@require_POST
@editor
@_verb
def blocks(request: MemberRequest, document: Document) -> HttpResponse:
    """A new block of `type`, after `after` where that is given."""
    after = request.POST.get("after") or None
    made = documents.add_block(document, request.POST.get("type", ""), revision=_revision(request), after=after)
    return _changed(request, document, block=made["id"], tab="content")


@require_POST
@editor
@_verb
def order(request: MemberRequest, document: Document) -> HttpResponse:
    """`ids`: all blocks in their new order."""
    ids = [each for each in request.POST.get("ids", "").split(",") if each]
    documents.reorder(document, ids, revision=_revision(request))
    return _changed(request, document)


@require_POST
@editor
@_verb
def block(request: MemberRequest, document: Document, *, block: str) -> HttpResponse:
    """Saves what the panel sent, one tab at a time."""
    stored = document.blocks[documents.find(document.blocks, block)]
    form = saving.read_form(stored, request.POST, request.workspace)
    if not form.is_valid():
        if document.revision != _revision(request):
            raise StaleRevision(document)
        return _panel_faults(request, document, form, block)
    changes = saving.changes(stored, request.POST, request.workspace)
    documents.edit_block(document, block, revision=_revision(request), data=changes)
    if "do" in request.POST or not request.htmx:
        return _changed(request, document, block=block)
    context = editor_context(request, document, moved_to={"block": block})
    context["editor"].form = form
    return render(request, "campaigns/content/_saved.html", context)


def _panel_faults(request: MemberRequest, document: Document, form: PanelForm, block_id: str) -> HttpResponse:
    context = editor_context(request, document, moved_to={"block": block_id})
    context["editor"].form = form
    return render(request, "campaigns/content/_saved.html", context | {"is_faulty": True}, status=422)


@require_POST
@editor
@_verb
def block_place(request: MemberRequest, document: Document, *, block: str) -> HttpResponse:
    """One step `up` or `down`."""
    by = -1 if request.POST.get("step") == "up" else 1
    if document.revision != _revision(request):
        raise StaleRevision(document)
    documents.step_block(document, block, revision=_revision(request), by=by)
    return _changed(request, document)


@require_POST
@editor
@_verb
def block_copies(request: MemberRequest, document: Document, *, block: str) -> HttpResponse:
    made = documents.duplicate_block(document, block, revision=_revision(request))
    return _changed(request, document, block=made["id"])


@require_POST
@editor
@_verb
def block_deletion(request: MemberRequest, document: Document, *, block: str) -> HttpResponse:
    place = documents.find(document.blocks, block)
    documents.delete_block(document, block, revision=_revision(request))
    undo_url = reverse("content:editor_undo", kwargs={"workspace": request.workspace.slug, "pk": document.pk})
    toast(request, _("The block was deleted."), undo_url=f"{undo_url}?revision={document.revision}")
    left = document.blocks[min(place, len(document.blocks) - 1)]["id"] if document.blocks else ""
    return _changed(request, document, block=left)


@require_POST
@editor
@_verb
def block_audience(request: MemberRequest, document: Document, *, block: str) -> HttpResponse:
    """Who sees the block: `audience`, and with "other" the conditions of the builder."""
    audience = request.POST.get("audience", "")
    if audience not in focus.WORDS:
        raise ValidationError({"audience": [_("Choose one of the options.")]})
    is_building = audience == "other" and request.POST.get("is_open") == "other"
    rule = _built(request) if is_building else focus.AUDIENCES.get(audience)
    if audience != "other" or is_building:
        documents.focus_block(document, block, revision=_revision(request), rule=rule)
    if is_building and request.htmx:
        context = editor_context(request, document, moved_to={"block": block}) | {"with_list": True}
        return render(request, "campaigns/content/_saved.html", context)
    return _changed(request, document, block=block, tab="focus", audience=audience)


def _built(request: MemberRequest) -> dict[str, Any]:
    """The conditions that are finished; one that is still being chosen does not stop the rest from being saved."""
    tree = drafting.read_form(request.POST, "rule", request.workspace)
    return grammar.clean(drafting.finished(tree, request.workspace), request.workspace)


@require_POST
@editor
@_verb
def block_pair(request: MemberRequest, document: Document, *, block: str) -> HttpResponse:
    """Makes the other side: one block for those we know, one for those we do not know yet."""
    made = documents.make_pair(document, block, revision=_revision(request))
    return _changed(request, document, block=made["id"], tab="content")


@require_POST
@editor
@_verb
def undo(request: MemberRequest, document: Document) -> HttpResponse:
    documents.undo(document, _revision(request))
    return _changed(request, document)


# -- preview --------------------------------------------------------------------------------------------------------------


@require_safe
@xframe_options_sameorigin
@reader
def preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The draft as `as` sees it: a contact's id, "stranger", or "example"."""
    document = _document(request, pk)
    contact = _reader_of(request)
    selected = request.GET.get("selected", "")[:8]
    if document.medium == Document.Medium.MAIL:
        html = previewing.mail_html(document, contact, selected=selected)
    else:
        html = previewing.page_html(document, contact, selected=selected)
    response = HttpResponse(html)
    response["Content-Security-Policy"] = previewing.POLICY
    response["Cache-Control"] = "no-store"
    return response


def _reader_of(request: MemberRequest) -> Contact | None:
    wanted = request.GET.get("as", "stranger")
    if wanted == "stranger":
        return None
    if wanted == "example":
        return previewing.example(request.workspace)
    alive = Contact.objects.alive().filter(workspace=request.workspace)
    found: Contact = get_object_or_404(alive, pk=whole(wanted))
    return found
