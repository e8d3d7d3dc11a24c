"""Changing the type of a field, for members: what would happen, who stands in the way, and the change itself."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from crm.contacts import converting
from crm.contacts.field_forms import TypeForm
from crm.contacts.masking import MASK
from crm.contacts.models import CustomField, FieldType
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor
from crm.workspaces.toasts import toast

FAULTS = 50


@editor
def field_type(request: MemberRequest, pk: int) -> HttpResponse:
    """GET `?type=number&page=2` shows what would happen; POST `type` does it."""
    field = get_object_or_404(request.workspace.custom_fields.select_related("workspace"), pk=pk)
    form = TypeForm(field, request.POST if request.method == "POST" else request.GET or None)
    if request.method == "POST" and form.is_valid():
        try:
            _convert(request, field, form.cleaned_data["type"])
        except ValidationError as error:
            form.add_error("type", error.messages)
        else:
            return redirect("contacts:field_list", workspace=request.workspace.slug)
    context = {"field": field, "form": form} | _shown(request, field, form)
    return render(request, "crm/contacts/field_type.html", context, status=422 if form.errors else 200)


def _convert(request: MemberRequest, field: CustomField, type: str) -> None:
    with transaction.atomic():
        done = converting.convert(field, type)
        audit(request, "field.type_changed", subject=field, **told(field, done))
    words = _("%(label)s is now of the type %(type)s.")
    toast(request, words % {"label": field.label, "type": done.turned.get_type_display()})


def told(field: CustomField, done: converting.Preview) -> dict[str, object]:
    """For the audit log."""
    return {"from": field.type, "to": done.turned.type, "answers": done.converting}


def _shown(request: MemberRequest, field: CustomField, form: TypeForm) -> dict[str, object]:
    """The preview, and the answers that stand in the way, commonest first, each with some of those who gave it."""
    asked = form.data.get("type")
    if asked not in FieldType.values or asked == field.type:
        return {}
    found = converting.preview(field, asked)
    page = Paginator(found.faults, FAULTS).get_page(request.GET.get("page"))
    faults = converting.people_of(field, page)
    return {"preview": found, "page": page, "faults": faults, "mask": MASK if field.is_sensitive else ""}
