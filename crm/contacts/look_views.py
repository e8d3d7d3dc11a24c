"""How members look at the list of contacts: the filter drawer, columns, density, saved views.

What is one's own - columns, density, one's views - is for every member; a view that all see is for who may edit. Each request
carries `state`, the query string of the list it was asked from.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from crm.contacts import columns, narrowing, viewing
from crm.contacts.look_forms import ViewForm
from crm.contacts.searching import Search
from crm.contacts.view_models import SavedView
from crm.contacts.viewing import Look
from crm.contacts.views import address
from crm.rules import drafting
from crm.rules.builder import Builder
from crm.rules.faults import RuleError
from crm.rules.grammar import clean
from crm.workspaces.http import MemberRequest, reader, wants_part
from crm.workspaces.toasts import toast


def _search(request: MemberRequest) -> Search:
    """The list this was asked from."""
    asked = request.POST if request.method == "POST" else request.GET
    return Search.of(request.workspace, QueryDict(asked.get("state", "").removeprefix("?")))


def _to_list(request: MemberRequest, query: str) -> HttpResponse:
    url = address(request, "contact_list") + query
    return HttpResponseClientRedirect(url) if wants_part(request) else redirect(url)


def _draw(request: MemberRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A drawer, or the same on a page of its own."""
    search = _search(request)
    context |= {"state": search.query(), "search": search, "part": f"crm/contacts/_{name}.html"}
    template = context["part"] if wants_part(request) else "crm/contacts/look_page.html"
    return render(request, template, context, status=status)


@require_http_methods(["GET", "POST"])
@reader
def contact_filter(request: MemberRequest) -> HttpResponse:
    """Any rule as a filter of the list: GET draws the builder, POST goes to the list with the rule in its address."""
    search = _search(request)
    if request.method == "GET":
        return _draw(request, "filter_form", {"builder": Builder(request.workspace, search.also, compact=True)})
    tree = drafting.read_form(request.POST, "rule", request.workspace)
    try:
        rule = clean(drafting.chosen(tree), request.workspace)
    except RuleError as error:
        drawn = Builder(request.workspace, tree, compact=True, error=error)
        return _draw(request, "filter_form", {"builder": drawn}, status=422)
    return _to_list(request, search.query(rule=narrowing.as_text(rule)))


@require_http_methods(["GET", "POST"])
@reader
def contact_columns(request: MemberRequest) -> HttpResponse:
    """Which columns, in which order. A button `move` of the form draws it again with a column one place on."""
    look = Look(request.workspace, request.user, _search(request))
    if request.method == "GET":
        return _draw(request, "columns_form", _chooser(look, [column.key for column in look.columns]))
    keys, moved = request.POST.getlist("column"), request.POST.get("move", "")
    try:
        keys = viewing.clean_columns(request.workspace, keys)
    except ValidationError as error:
        return _draw(
            request, "columns_form", _chooser(look, list(columns.USUAL)) | {"fault": error.messages[0]}, status=422
        )
    if moved:
        return _draw(request, "columns_form", _chooser(look, _moved(keys, moved)))
    if not request.POST.get("save"):
        return _draw(request, "columns_form", _chooser(look, keys), status=422)
    if look.view and look.may_change and request.POST["save"] == "view":
        SavedView.objects.filter(pk=look.view.pk).update(columns=keys)
    else:
        viewing.keep(request.workspace, request.user, columns=None if request.POST["save"] == "usual" else keys)
    return _to_list(request, look.search.query() if look.search else "")


def _chooser(look: Look, keys: list[str]) -> dict[str, Any]:
    """Chosen columns first, in their order; then the others."""
    offered = {column.key: column for column in columns.offered(look.workspace)}
    on = [offered[key] for key in keys if key in offered]
    return {
        "on": on,
        "off": [column for column in offered.values() if column not in on],
        "look": look,
        "most": columns.MOST,
    }


def _moved(keys: list[str], moved: str) -> list[str]:
    """ "up:tags" or "down:tags"; at the end nothing moves."""
    way, _sep, key = moved.partition(":")
    if key not in keys:
        return keys
    at = keys.index(key)
    to = max(0, min(len(keys) - 1, at + (1 if way == "down" else -1)))
    keys.insert(to, keys.pop(at))
    return keys


@require_POST
@reader
def contact_density(request: MemberRequest) -> HttpResponse:
    if request.POST.get("dense") not in ("0", "1"):
        return HttpResponse(_("Say whether the rows are dense: 0 or 1."), status=400, content_type="text/plain")
    viewing.keep(request.workspace, request.user, is_dense=request.POST["dense"] == "1")
    return _to_list(request, _search(request).query())


# -- saved views ----------------------------------------------------------------------------------------------------------


def _view(request: MemberRequest, pk: int) -> SavedView:
    """One that this member sees, and may change: their own, or a shared one where they may edit."""
    view = get_object_or_404(SavedView.objects.seen_by(request.user), workspace=request.workspace, pk=pk)
    return _changeable(request, view)


def _changeable(request: MemberRequest, view: SavedView) -> SavedView:
    is_own = view.owner_id == request.user.pk
    if not (is_own or (view.is_shared and request.membership.may_edit)):
        raise PermissionDenied
    return view


@require_http_methods(["GET", "POST"])
@reader
def view_create(request: MemberRequest) -> HttpResponse:
    form = ViewForm(request.POST if request.method == "POST" else None, may_share=request.membership.may_edit)
    if request.method == "POST" and form.is_valid():
        view = _saved(request, form, _search(request))
        if view is not None:
            toast(request, _("The view %(name)s was saved.") % {"name": view.name})
            return _to_list(request, viewing.url_of(view))
    context = {"form": form, "look": Look(request.workspace, request.user, _search(request))}
    return _draw(request, "view_form", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@reader
def view_edit(request: MemberRequest, pk: int) -> HttpResponse:
    """Its name, and who sees it. What it shows is changed from the list itself."""
    view = _view(request, pk)
    initial = {"name": view.name, "is_shared": view.is_shared}
    form = ViewForm(
        request.POST if request.method == "POST" else None, initial=initial, may_share=request.membership.may_edit
    )
    if request.method == "POST" and form.is_valid():
        kept = Search.of(request.workspace, QueryDict(viewing.url_of(view).removeprefix("?")))
        if _saved(request, form, kept, view) is not None:
            toast(request, _("The view was saved."))
            return _to_list(request, viewing.url_of(view))
    context = {"form": form, "view": view, "look": Look(request.workspace, request.user)}
    return _draw(request, "view_form", context, status=422 if form.errors else 200)


def _saved(request: MemberRequest, form: ViewForm, search: Search, view: SavedView | None = None) -> SavedView | None:
    said = {"name": form.cleaned_data["name"], "is_shared": form.cleaned_data.get("is_shared", False)}
    try:
        return viewing.save(request.workspace, search=search, by=request.user, view=view, **said)
    except ValidationError as error:
        form.add_error("name", error.message_dict["name"])
        return None


@require_POST
@reader
def view_update(request: MemberRequest, pk: int) -> HttpResponse:
    """The view becomes what the list shows now."""
    view, search = _view(request, pk), _search(request)
    if search.fault:
        toast(request, search.fault)
        return _to_list(request, viewing.url_of(view))
    viewing.save(request.workspace, name=view.name, search=search, by=request.user, is_shared=view.is_shared, view=view)
    toast(request, _("The view was saved."))
    view.refresh_from_db()
    return _to_list(request, viewing.url_of(view))


@require_POST
@reader
def view_delete(request: MemberRequest, pk: int) -> HttpResponse:
    view = _view(request, pk)
    viewing.delete(view)
    undo = address(request, "view_restore", pk=pk)
    toast(request, _("The view %(name)s was deleted.") % {"name": view.name}, undo_url=undo)
    return _to_list(request, "")


@require_POST
@reader
def view_restore(request: MemberRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, workspace=request.workspace, pk=pk, deleted_at__isnull=False)
    viewing.restore(_changeable(request, view))
    toast(request, _("The view %(name)s is back.") % {"name": view.name})
    return _to_list(request, viewing.url_of(view))


@require_POST
@reader
def view_default(request: MemberRequest, pk: int) -> HttpResponse:
    """Whether the list opens with this view, for this member alone."""
    view = get_object_or_404(SavedView.objects.seen_by(request.user), workspace=request.workspace, pk=pk)
    if request.POST.get("on") not in ("0", "1"):
        return HttpResponse(
            _("Say whether the list opens with this view: 0 or 1."), status=400, content_type="text/plain"
        )
    viewing.keep(request.workspace, request.user, default_view=view if request.POST["on"] == "1" else None)
    return _to_list(request, viewing.url_of(view))
