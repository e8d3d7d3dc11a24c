"""Automations for members: the list, the ready-made ones, and making one, from scratch, from a template or for some people."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.automations import listing, ready, renewing, switching
from campaigns.automations.building_views import address, alive
from campaigns.automations.models import Automation
from campaigns.automations.steering_views import rule_of, running
from campaigns.automations.step_forms import faults_of
from crm.segments import matching
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.toasts import toast

PAGE_SIZE = 30
BIN = "bin"


class CreateForm(forms.Form):
    """A name; of a template that must know about what, that too."""

    name = forms.CharField(
        label=_("Name of the automation"),
        max_length=switching.NAME_LENGTH,
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, request: MemberRequest, chosen: ready.Ready | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if chosen and chosen.about:
            offered = [(str(pk), name) for pk, name in chosen.about(request.workspace)]
            last = [("", chosen.about_new)] if chosen.about_new else []
            self.fields["about"] = forms.ChoiceField(
                label=chosen.about_label, choices=[*offered, *last], required=False
            )


@require_GET
@reader
def automation_list(request: MemberRequest) -> HttpResponse:
    rows = listing.automations_of(request.workspace)
    query, status = request.GET.get("q", "").replace("\0", "").strip(), request.GET.get("status", "")
    if status == BIN:
        rows = Automation.objects.filter(workspace=request.workspace, deleted_at__isnull=False)
    elif status in Automation.Status.values:
        rows = rows.filter(status=status)
    if query:
        rows = rows.filter(name__icontains=query)
    page = Paginator(rows.select_related("version"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": listing.rows_of(request.workspace, list(page)),
        "q": query,
        "status": status,
        "statuses": Automation.Status.choices,
        "total": page.paginator.count or Automation.objects.filter(workspace=request.workspace).exists(),
        "templates": ready.every(),
    }
    name = "_automation_results.html" if wants_part(request) else "automation_list.html"
    return render(request, f"campaigns/automations/{name}", context)


@require_GET
@reader
def template_list(request: MemberRequest) -> HttpResponse:
    return render(request, "campaigns/automations/template_list.html", {"templates": ready.every()})


@require_http_methods(["GET", "POST"])
@editor
def automation_create(request: MemberRequest) -> HttpResponse:
    """`?template=` begins with a ready-made one. `?rule=`, `?segment=` and `?list=` bring people along: they may enter one that
    runs, by hand."""
    chosen = ready.find(request.POST.get("template") or request.GET.get("template", ""))
    posted = request.POST if request.method == "POST" else None
    form = CreateForm(posted, request=request, chosen=chosen, initial={"name": str(chosen.name) if chosen else ""})
    if posted is not None and form.is_valid():
        made = _made(request, form, chosen)
        if made:
            return redirect(address(request, "automation_edit", pk=made.pk))
    people = _brought(request)
    context: dict[str, Any] = {"form": form, "chosen": chosen, "templates": ready.every(), "people": people}
    if people:
        context |= {
            "rule": json.dumps(people, ensure_ascii=False),
            "count": matching.contacts(request.workspace, people).count(),
            "running": running(request),
        }
    status = 422 if form.errors else 200
    return render(request, "campaigns/automations/automation_create.html", context, status=status)


def _brought(request: MemberRequest) -> dict[str, Any]:
    for key in ("segment", "list"):
        pk = whole(request.GET.get(key))
        if pk is not None:
            return rule_of(request, json.dumps({key: pk}))
    return rule_of(request, request.GET.get("rule", ""))


def _made(request: MemberRequest, form: CreateForm, chosen: ready.Ready | None) -> Automation | None:
    name = form.cleaned_data["name"]
    try:
        with transaction.atomic():
            if chosen is None:
                return switching.create(request.workspace, name=name, by=request.user)
            about = whole(form.cleaned_data.get("about"))
            return ready.make(chosen, request.workspace, name=name, by=request.user, about=about)
    except ValidationError as error:
        for field, messages in faults_of(error).items():
            form.add_error(field if field in form.fields else None, messages)
        return None


@require_POST
@editor
def automation_duplicate(request: MemberRequest, pk: int) -> HttpResponse:
    """A draft with the same flow, and mails of its own."""
    automation = alive(request, pk)
    name = gettext("%(name)s (copy)") % {"name": automation.name}
    try:
        twin = renewing.duplicate(automation, name=name, by=request.user)
    except ValidationError:
        toast(request, gettext("Something in it is not there any more. Mend it first, then duplicate it."))
        return redirect(address(request, "automation_edit", pk=pk))
    toast(request, gettext("The automation was duplicated."), undo_url=address(request, "automation_bin", pk=twin.pk))
    return redirect(address(request, "automation_edit", pk=twin.pk))
