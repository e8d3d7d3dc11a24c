"""The report of a mailing and what hangs on it: progress, deliveries, the people behind every number."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from campaigns.mailings import rehearsing, reports
from campaigns.mailings.models import Delivery, Mailing
from campaigns.mailings.reports import Report
from campaigns.mailings.views import address, found
from crm.workspaces.http import MemberRequest, reader, wants_part

PAGE_SIZE = 50
MOVING = (Mailing.Status.FREEZING, Mailing.Status.SENDING)
DEEDS = {
    "opened": gettext_lazy("Opened"),
    "clicked": gettext_lazy("Clicked"),
    "unsubscribed": gettext_lazy("Unsubscribed"),
    "complained": gettext_lazy("Reported as spam"),
    "not_opened": gettext_lazy("Got it and did not open"),
}


def is_moving(mailing: Mailing, report: Report) -> bool:
    """Whether mail flows just now; of an automatic mailing only while somebody waits."""
    return mailing.status in MOVING and (not mailing.is_automatic or report.waiting > 0)


@require_GET
@reader
def mailing_report(request: MemberRequest, pk: int) -> HttpResponse:
    mailing = found(request, pk)
    if mailing.is_editable:
        return redirect("mailings:mailing_compose", workspace=request.workspace.slug, pk=pk)
    report = Report(mailing)
    context = {
        "mailing": mailing,
        "report": report,
        "is_moving": is_moving(mailing, report),
        "not_opened": reports.rule_of(mailing, "not_opened"),
        "preview_url": f"{address(request, 'mailing_preview', pk=pk)}?as=example",
        "subject": rehearsing.as_seen_by(mailing, None).subject,
    }
    return render(request, "campaigns/mailings/mailing_report.html", context)


@require_GET
@reader
def mailing_progress(request: MemberRequest, pk: int) -> HttpResponse:
    """Asked every two seconds while mail flows; when it has flowed, the whole report is drawn anew."""
    mailing = found(request, pk)
    report = Report(mailing)
    context = {"mailing": mailing, "report": report, "is_moving": is_moving(mailing, report)}
    response = render(request, "campaigns/mailings/_progress.html", context)
    if not context["is_moving"]:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@reader
def mailing_deliveries(request: MemberRequest, pk: int) -> HttpResponse:
    """Everybody of the ledger, by state and reason."""
    mailing = found(request, pk)
    rows = mailing.deliveries.select_related("contact").order_by("pk")
    state, reason = request.GET.get("state", ""), request.GET.get("reason", "")
    if state in Delivery.State.values:
        rows = rows.filter(state=state)
    if reason in Delivery.Skip.values:
        rows = rows.filter(skip_reason=reason)
    elif reason in Delivery.Failure.values:
        rows = rows.filter(failure=reason)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    report = Report(mailing)
    states = [(value, label, report.states[value]) for value, label in Delivery.State.choices if report.states[value]]
    context = {"mailing": mailing, "page": page, "state": state, "reason": reason, "states": states, "report": report}
    name = "_delivery_results.html" if wants_part(request) else "delivery_list.html"
    return render(request, f"campaigns/mailings/{name}", context)


@require_GET
@reader
def mailing_people(request: MemberRequest, pk: int, deed: str) -> HttpResponse:
    """The contacts behind a number of the report."""
    mailing = found(request, pk)
    if deed not in DEEDS:
        raise Http404
    people, rule = reports.people_who(mailing, deed), reports.rule_of(mailing, deed)
    return _people(request, mailing, str(DEEDS[deed]), people, rule)


@require_GET
@reader
def link_people(request: MemberRequest, pk: int, position: int) -> HttpResponse:
    """Who clicked one link."""
    mailing = found(request, pk)
    link = get_object_or_404(mailing.links, position=position)
    people = reports.people_who(mailing, "clicked", position=position)
    return _people(request, mailing, _("Clicked “%(link)s”") % {"link": link.label or link.url}, people, {})


def _people(request: MemberRequest, mailing: Mailing, title: str, people: object, rule: object) -> HttpResponse:
    page = Paginator(people.order_by("-created_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))  # type: ignore[attr-defined]
    context = {"mailing": mailing, "title": title, "page": page, "rule": rule}
    name = "_people.html" if wants_part(request) else "mailing_people.html"
    return render(request, f"campaigns/mailings/{name}", context)
