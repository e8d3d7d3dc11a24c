"""Custom fields for members: the list with its order, making and changing, archiving, and making one on the spot."""

from __future__ import annotations

import json

from django.db import connection, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.contacts import defining, grouping, usage
from crm.contacts.field_forms import FieldForm
from crm.contacts.models import CustomField
from crm.contacts.views import address
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.models import Workspace
from crm.workspaces.toasts import toast

FILLED = """
SELECT key, count(*) FROM crm_contact c, jsonb_object_keys(c.values) AS key
WHERE c.workspace_id = %s AND c.deleted_at IS NULL AND c.merged_into_id IS NULL GROUP BY key
"""


def filled_in(workspace: Workspace) -> dict[str, int]:
    """{"f12": how many living contacts say something in it}."""
    with connection.cursor() as cursor:
        cursor.execute(FILLED, [workspace.pk])
        return dict(cursor.fetchall())


@reader
@require_GET
def field_list(request: MemberRequest) -> HttpResponse:
    return draw_list(request)


def draw_list(request: MemberRequest) -> HttpResponse:
    counts = filled_in(request.workspace)
    fields = list(request.workspace.custom_fields.select_related("group"))
    for field in fields:
        field.people = counts.get(field.storage_key, 0)  # type: ignore[attr-defined]
    used = [field for field in fields if field.archived_at is None]
    parts = grouping.sections(request.workspace, used)
    context = {
        "fields": used,
        "sections": parts,
        "archived": [field for field in fields if field.archived_at],
        "counts": counts,
    }
    name = "_field_results.html" if wants_part(request) else "field_list.html"
    return render(request, f"crm/contacts/{name}", context)


@editor
def field_create(request: MemberRequest) -> HttpResponse:
    return _form(request, None)


@editor
def field_edit(request: MemberRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(request.workspace.custom_fields, pk=pk))


def _form(request: MemberRequest, field: CustomField | None) -> HttpResponse:
    """`redraw` in the body draws the form again for the chosen type or with one more option, and saves nothing."""
    if request.method == "POST" and "redraw" not in request.POST:
        form = FieldForm(request.workspace, request.POST, field=field)
        saved = _saved(request, form)
        if saved:
            toast(request, _("The field was saved."))
            return redirect("contacts:field_list", workspace=request.workspace.slug)
        return _drawn(request, form, status=422)
    typed = request.POST if request.method == "POST" else None
    return _drawn(request, FieldForm(request.workspace, field=field, redrawn=typed))


def _saved(request: MemberRequest, form: FieldForm) -> CustomField | None:
    with transaction.atomic():
        saved = form.save()
        if saved:
            audit(request, "field.changed" if form.field else "field.created", subject=saved)
    return saved


def _drawn(request: MemberRequest, form: FieldForm, *, status: int = 200) -> HttpResponse:
    name = "_field_form.html" if wants_part(request) else "field_form.html"
    return render(request, f"crm/contacts/{name}", {"form": form, "field": form.field}, status=status)


@editor
def field_quick_create(request: MemberRequest) -> HttpResponse:
    """A field made on the spot, in the drawer of another room's form.

    Open with hx-get into #m-drawer-body. When it is made, the answer carries the event `field:created` with
    {"id", "key": "f12", "label", "type"}, for the form behind it to listen to, and closes the drawer.
    """
    if request.method == "POST" and "redraw" not in request.POST:
        form = FieldForm(request.workspace, request.POST)
        field = _saved(request, form)
        if field:
            made = {"id": field.pk, "key": field.storage_key, "label": field.label, "type": field.type}
            triggers = {"field:created": made, "drawer:close": True}
            return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(triggers)})
        return render(request, "crm/contacts/_field_quick.html", {"form": form}, status=422)
    form = FieldForm(request.workspace, redrawn=request.POST if request.method == "POST" else None)
    if not wants_part(request):
        return redirect("contacts:field_create", workspace=request.workspace.slug)
    return render(request, "crm/contacts/_field_quick.html", {"form": form})


@editor
@require_POST
def field_archive(request: MemberRequest, pk: int) -> HttpResponse:
    """A field that something uses is archived only after the list of what does was seen (`sure`)."""
    field = get_object_or_404(request.workspace.custom_fields, pk=pk)
    uses = [] if field.archived_at or request.POST.get("sure") else usage.uses_of(field)
    if uses:
        return render(request, "crm/contacts/field_archive.html", {"field": field, "uses": uses}, status=409)
    with transaction.atomic():
        audit(request, "field.archived", subject=field)
        defining.archive(field)
    undo = address(request, "field_unarchive", pk=pk)
    toast(request, _("The field %(label)s was archived. Its answers stay.") % {"label": field.label}, undo_url=undo)
    return redirect("contacts:field_list", workspace=request.workspace.slug)


@editor
@require_POST
def field_unarchive(request: MemberRequest, pk: int) -> HttpResponse:
    field = get_object_or_404(request.workspace.custom_fields, pk=pk)
    with transaction.atomic():
        audit(request, "field.unarchived", subject=field)
        defining.unarchive(field)
    toast(request, _("The field %(label)s is in use again.") % {"label": field.label})
    return redirect("contacts:field_list", workspace=request.workspace.slug)
