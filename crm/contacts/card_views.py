"""The card's own small edits: one field, one thing of who the person is, and showing what is hidden. GET draws the input in
its place, or the line again after Cancel; POST saves and draws the card, with the keyboard where it was."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm.contacts import editing
from crm.contacts.card import fact_of
from crm.contacts.forms import IdentityForm, OneFieldForm
from crm.contacts.models import Contact, CustomField
from crm.contacts.views import actor_of, address, alive, answer, draw_card, focused
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, wants_part


@editor
def contact_field(request: MemberRequest, pk: int, field_pk: int) -> HttpResponse:
    """A field edited in its place. `?as=line` draws it as it stands."""
    contact = alive(request, pk)
    field = _field(request, field_pk)
    if request.method == "POST":
        return _save_field(request, contact, field)
    if not wants_part(request):
        return _whole_form(request, contact, field.storage_key if not field.is_sensitive else "")
    if request.GET.get("as") == "line":
        return _line(request, contact, field)
    return _field_input(request, contact, field, OneFieldForm(field, contact))


def _field(request: MemberRequest, field_pk: int) -> CustomField:
    return get_object_or_404(request.workspace.custom_fields.active(), pk=field_pk)


def _save_field(request: MemberRequest, contact: Contact, field: CustomField) -> HttpResponse:
    form = OneFieldForm(field, contact, request.POST)
    if form.is_valid():
        editing.edit(contact, changes=form.changes, actor=actor_of(request))
        return answer(request, contact, focus="card-status" if request.POST.get("place") else f"field-{field.pk}")
    return _faulty(_field_input(request, contact, field, form, status=422), f"field-{field.pk}")


def _field_input(
    request: MemberRequest, contact: Contact, field: CustomField, form: OneFieldForm, *, status: int = 200
) -> HttpResponse:
    context = {"contact": contact, "field": field, "form": form, "input": form.input, "errors": form.input.errors}
    response = render(request, "crm/contacts/_field_edit.html", context, status=status)
    return focused(response, f"field-{field.pk}")


def _line(request: MemberRequest, contact: Contact, field: CustomField, *, is_shown: bool = False) -> HttpResponse:
    fact = fact_of(field, contact, is_shown=is_shown)
    response = render(request, "crm/contacts/_fact.html", {"contact": contact, "fact": fact})
    return focused(response, f"field-{field.pk}")


def _whole_form(request: MemberRequest, contact: Contact, name: str) -> HttpResponse:
    return redirect(address(request, "contact_edit", pk=contact.pk) + (f"#id_{name}" if name else ""))


def _faulty(response: HttpResponse, place: str) -> HttpResponse:
    """The input stays where it is, with the fault beside it."""
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#{place}", "outerHTML"
    return response


@editor
@require_POST
def contact_field_show(request: MemberRequest, pk: int, field_pk: int) -> HttpResponse:
    """Shows the answer of a sensitive field, once; the audit log keeps who asked, never what it was."""
    contact = alive(request, pk)
    field = _field(request, field_pk)
    if field.is_sensitive:
        with transaction.atomic():
            audit(request, "contact.field_shown", subject=f"#{contact.pk}", field=field.label)
    if wants_part(request):
        return _line(request, contact, field, is_shown=True)
    return draw_card(request, contact, shown=field.pk)


@editor
def contact_identity(request: MemberRequest, pk: int, detail: str) -> HttpResponse:
    """`detail` is name, email, phone or source."""
    contact = alive(request, pk)
    if detail not in IdentityForm.PARTS:
        raise Http404
    if request.method == "POST":
        return _save_identity(request, contact, detail)
    if not wants_part(request):
        return _whole_form(request, contact, IdentityForm.PARTS[detail][0])
    if request.GET.get("as") == "line":
        part = "_identity_name" if detail == "name" else "_identity"
        response = render(request, f"crm/contacts/{part}.html", {"contact": contact, "detail": detail})
        return focused(response, f"identity-{detail}")
    return _identity_input(request, contact, detail, IdentityForm(detail, contact))


def _save_identity(request: MemberRequest, contact: Contact, detail: str) -> HttpResponse:
    form = IdentityForm(detail, contact, request.POST)
    if form.is_valid():
        try:
            editing.edit(contact, changes=form.cleaned_data, actor=actor_of(request))
        except ValidationError as error:
            form.take_errors(error)
        else:
            return answer(request, contact, focus=f"identity-{detail}")
    return _faulty(_identity_input(request, contact, detail, form, status=422), f"identity-{detail}")


def _identity_input(
    request: MemberRequest, contact: Contact, detail: str, form: IdentityForm, *, status: int = 200
) -> HttpResponse:
    context = {"contact": contact, "detail": detail, "form": form}
    response = render(request, "crm/contacts/_identity_edit.html", context, status=status)
    return focused(response, f"identity-{detail}")
