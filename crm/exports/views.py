"""The page that makes a file of people: who, how many, which columns; and the download."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from crm.exports import columns
from crm.exports.choosing import STATE, Chosen, choose
from crm.exports.exporting import FORMATS, export
from crm.exports.forms import ExportForm
from crm.workspaces.http import MemberRequest, editor


@require_http_methods(["GET", "POST"])
@editor
def contacts(request: MemberRequest) -> HttpResponseBase:
    """GET, or a POST that brings `ids` alone, draws the page; a POST of its form answers with the file.

    `?q= list= tag= only=` (the state of the list of contacts), `segment=`, `rule=`, `ids=`; `format=` and `columns=` fill in.
    """
    chosen = choose(request.workspace, _asked(request))
    is_sent = request.method == "POST" and "format" in request.POST
    known = columns.of(request.workspace)
    form = ExportForm(
        known,
        request.POST if is_sent else None,
        initial=_initial(request.GET),
        may_sensitive=request.membership.may_manage,
    )
    if is_sent and form.is_valid():
        try:
            return export(request, chosen, form.wish)
        except ValidationError as error:
            form.add_error(None, error)
    return _page(request, chosen, form, status=422 if form.errors else 200)


def _asked(request: MemberRequest) -> QueryDict:
    """The address; numbers of contacts may come in the body, where there is room for many."""
    asked = request.GET.copy()
    if request.POST.get("ids"):
        asked.setlist("ids", request.POST.getlist("ids"))
    return asked


def _initial(asked: QueryDict) -> dict[str, object]:
    named = [key for text in asked.getlist("columns") for key in text.split(",") if key]
    said: dict[str, object] = {"format": asked["format"]} if asked.get("format") in FORMATS else {}
    return said | ({"columns": named} if named else {})


def _page(request: MemberRequest, chosen: Chosen, form: ExportForm, *, status: int) -> HttpResponse:
    state = {name: text for name, text in chosen.state.items() if name in STATE and name != "ids"}
    context = {"chosen": chosen, "form": form, "count": chosen.people.count(), "query": urlencode(state)}
    context["ids"] = ",".join(_asked(request).getlist("ids"))
    return render(request, "crm/exports/contacts.html", context, status=status)
