"""The order of fields and their groups, for members: dragging, the keyboard, and the groups' own names."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.contacts import grouping
from crm.contacts.field_forms import GroupForm
from crm.contacts.field_views import draw_list
from crm.contacts.models import FieldGroup
from crm.contacts.views import focused
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, wants_part, whole
from crm.workspaces.toasts import toast

STEPS = {"up": -1, "down": 1}


def _back(request: MemberRequest, place: str = "") -> HttpResponse:
    """The fresh list in place, with the keyboard where it was, or back to it."""
    if wants_part(request):
        return focused(draw_list(request), place)
    return redirect("contacts:field_list", workspace=request.workspace.slug)


@editor
@require_POST
def field_move(request: MemberRequest, pk: int) -> HttpResponse:
    """`direction` up or down: the way of the keyboard and of the phone."""
    field = get_object_or_404(request.workspace.custom_fields.active(), pk=pk)
    step = STEPS.get(request.POST.get("direction", ""))
    if step is None:
        return HttpResponseBadRequest()
    grouping.move(field, step)
    return _back(request, f"{request.POST['direction']}-{pk}")


@editor
@require_POST
def field_order(request: MemberRequest) -> HttpResponse:
    """`field` repeated, in the new order: "12" a field, "g3" where group 3 begins, "g" the part without one. The way of
    dragging. Without any "g" only the order changes."""
    said = request.POST.getlist("field")
    try:
        if any(word.startswith("g") for word in said):
            grouping.lay_out(request.workspace, _layout(said))
        else:
            grouping.arrange(request.workspace, [_number(word) for word in said])
    except (ValidationError, ValueError):
        return HttpResponseBadRequest()
    return _back(request)


def _layout(said: list[str]) -> list[tuple[int | None, list[int]]]:
    """Raises ValueError for what is no layout."""
    layout: list[tuple[int | None, list[int]]] = []
    for word in said:
        if word.startswith("g"):
            layout.append((_number(word[1:]) if word[1:] else None, []))
        elif not layout:
            raise ValueError(word)
        else:
            layout[-1][1].append(_number(word))
    return layout


def _number(word: str) -> int:
    number = whole(word)
    if number is None:
        raise ValueError(word)
    return number


@editor
def group_create(request: MemberRequest) -> HttpResponse:
    return _form(request, None)


@editor
def group_edit(request: MemberRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(request.workspace.field_groups, pk=pk))


def _form(request: MemberRequest, group: FieldGroup | None) -> HttpResponse:
    initial = {"name": group.name} if group else {}
    form = GroupForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                saved = grouping.save_group(request.workspace, name=form.cleaned_data["name"], group=group)
                audit(request, "field_group.changed" if group else "field_group.created", subject=saved)
        except ValidationError as error:
            form.add_error("name", error.messages)
        else:
            toast(request, _("The group was saved."))
            return _back(request)
    context = {"form": form, "group": group}
    return render(request, "crm/contacts/group_form.html", context, status=422 if form.errors else 200)


@editor
@require_POST
def group_delete(request: MemberRequest, pk: int) -> HttpResponse:
    group = get_object_or_404(request.workspace.field_groups, pk=pk)
    with transaction.atomic():
        audit(request, "field_group.removed", subject=group)
        grouping.remove(group)
    toast(request, _("The group %(name)s was taken apart. Its fields stay.") % {"name": group.name})
    return _back(request)


@editor
@require_POST
def group_move(request: MemberRequest, pk: int) -> HttpResponse:
    group = get_object_or_404(request.workspace.field_groups, pk=pk)
    step = STEPS.get(request.POST.get("direction", ""))
    if step is None:
        return HttpResponseBadRequest()
    grouping.move_group(group, step)
    return _back(request, f"group-{request.POST['direction']}-{pk}")
