"""Imports for members: the list, a new file, and one import from its check to its undo."""

from __future__ import annotations

import io
from typing import Any, BinaryIO, cast

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.imports import rejecting, showing, steering, tasks
from crm.imports.forms import PasteForm
from crm.imports.layouts import MOST_BYTES
from crm.imports.models import Import, ImportEffect
from crm.imports.receiving import take_in
from crm.imports.results import Results, titled
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, no_content, reader, wants_part, whole
from crm.workspaces.toasts import toast

PAGE, ROWS = 30, 50
MEGABYTE = 1024 * 1024
LINKED = ("new", "updated", "unchanged", "refused", "kept")


def found(request: MemberRequest, pk: int) -> Import:
    importing = get_object_or_404(Import.objects.select_related("created_by"), workspace=request.workspace, pk=pk)
    importing.workspace = request.workspace
    return importing


def address(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"imports:{name}", kwargs={"workspace": request.workspace.slug, **kwargs})


def asked_for_work(request: MemberRequest, pk: int) -> HttpResponse:
    """To the import's page, after the worker was woken; the clock would wake it too, a little later."""
    tasks.work.delay()
    return redirect(address(request, "import_page", pk=pk))


@reader
@require_GET
def import_list(request: MemberRequest) -> HttpResponse:
    rows = Import.objects.filter(workspace=request.workspace).select_related("created_by")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "results": [Results(importing) for importing in page]}
    name = "_import_results.html" if wants_part(request) else "import_list.html"
    return render(request, f"crm/imports/{name}", context)


@editor
@require_http_methods(["GET", "POST"])
def import_create(request: MemberRequest) -> HttpResponse:
    """A file, or rows pasted from a spreadsheet. What cannot be read is refused before anything is kept."""
    paste = PasteForm(request.POST if "rows" in request.POST else None)
    if request.method == "GET":
        return _upload_page(request, paste)
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        return _taken(request, cast("BinaryIO", upload.file), str(upload.name), paste)
    if paste.is_bound and paste.is_valid():
        pasted = paste.cleaned_data["rows"].encode("utf-8", "replace")
        return _taken(request, io.BytesIO(pasted), _("Pasted rows"), paste)
    errors = [] if paste.is_bound else [_("Choose a file.")]
    return _upload_page(request, paste, errors=errors, status=422)


def _taken(request: MemberRequest, source: BinaryIO, name: str, paste: PasteForm) -> HttpResponse:
    try:
        importing = take_in(request.workspace, source, name=name, by=request.user)
    except ValidationError as error:
        return _upload_page(request, paste, errors=error.messages, name=name, status=422)
    return _gone_to(request, address(request, "import_reading", pk=importing.pk))


def _gone_to(request: MemberRequest, url: str) -> HttpResponse:
    """A redirect; htmx is told to leave the page for it."""
    return no_content(**{"HX-Redirect": url}) if wants_part(request) else redirect(url)


def _upload_page(request: MemberRequest, paste: PasteForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"paste": paste, "most_bytes": MOST_BYTES, "most": MOST_BYTES // MEGABYTE, **more}
    name = "_upload.html" if wants_part(request) else "import_create.html"
    return render(request, f"crm/imports/{name}", context, status=status)


@reader
@require_GET
def import_page(request: MemberRequest, pk: int) -> HttpResponse:
    """Where the import stands. While it moves, the part asks again; at every change of state the whole page is drawn anew."""
    importing = found(request, pk)
    if importing.status == Import.Status.UPLOADED and request.membership.may_edit and not wants_part(request):
        return redirect(address(request, "import_plan" if importing.plan else "import_reading", pk=pk))
    results = Results(importing)
    rows = address(request, "import_rows", pk=pk)
    links = {name: f"{rows}?outcome={name}" if getattr(results, name) else "" for name in LINKED}
    context = {"importing": importing, "results": results, "links": links}
    if not wants_part(request):
        return render(request, "crm/imports/import_page.html", context)
    if request.GET.get("was", importing.status) != importing.status:
        return no_content(**{"HX-Refresh": "true"})
    return render(request, "crm/imports/_state.html", context)


@reader
@require_GET
def import_rows(request: MemberRequest, pk: int) -> HttpResponse:
    """Rows behind one number: `?outcome=` of the check, "kept" after an undo."""
    importing = found(request, pk)
    outcome = request.GET.get("outcome", "")
    after = whole(request.GET.get("after")) or 0
    if outcome == "kept":
        rows = showing.kept(importing, after=after, limit=ROWS)
    elif outcome == ImportEffect.Outcome.REFUSED:
        rows = showing.refused(importing, after=after, limit=ROWS)
    else:
        rows = showing.samples(importing).get(outcome, [])
    words = dict(ImportEffect.Outcome.choices).get(outcome, "")
    context = {"importing": importing, "rows": titled(importing, rows), "outcome": outcome, "words": words}
    context["next"] = rows[-1].number if len(rows) == ROWS else None
    name = "_rows.html" if wants_part(request) else "import_rows.html"
    return render(request, f"crm/imports/{name}", context)


@editor
@require_GET
def import_rejects(request: MemberRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The rows that were not taken in, with the reason beside each, to be mended and sent again."""
    importing = found(request, pk)
    audit(request, "import.rejects", subject=importing)
    response = StreamingHttpResponse(rejecting.reject_file(importing), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{importing.pk}-not-taken-in.csv"'
    return response


@editor
@require_POST
def import_start(request: MemberRequest, pk: int) -> HttpResponse:
    return _steered(request, pk, steering.start, "import.started")


@editor
@require_POST
def import_stop(request: MemberRequest, pk: int) -> HttpResponse:
    return _steered(request, pk, steering.stop, "import.stopped")


@editor
@require_POST
def import_resume(request: MemberRequest, pk: int) -> HttpResponse:
    return _steered(request, pk, steering.resume, "import.resumed")


@editor
@require_POST
def import_undo(request: MemberRequest, pk: int) -> HttpResponse:
    return _steered(request, pk, steering.undo, "import.undone")


@editor
@require_POST
def import_discard(request: MemberRequest, pk: int) -> HttpResponse:
    importing = found(request, pk)
    try:
        steering.discard(importing, by=request.user)
    except ValidationError as error:
        toast(request, error.messages[0])
        return redirect(address(request, "import_page", pk=pk))
    toast(request, _("The file was removed. Nothing had been changed."))
    return redirect(address(request, "import_list"))


def _steered(request: MemberRequest, pk: int, verb: Any, kind: str) -> HttpResponse:
    importing = found(request, pk)
    try:
        with transaction.atomic():
            verb(importing, by=request.user)
            audit(request, kind, subject=importing)
    except ValidationError as error:
        toast(request, error.messages[0])
        return redirect(address(request, "import_page", pk=pk))
    return asked_for_work(request, pk)
