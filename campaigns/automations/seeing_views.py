"""Members' screens of what happened in automations: numbers at every step, the people behind them, and each one's way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.automations import counting, leaving, moving, tracing
from campaigns.automations.models import Automation, Enrolment
from campaigns.automations.reporting import report
from crm.contacts.searching import Search
from crm.rules.remembering import remembering
from crm.segments import saving
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.toasts import toast

ROWS = 50
WHICH = {
    "entered": gettext_lazy("Came to this step"),
    "waiting": gettext_lazy("Waiting here now"),
    "stuck": gettext_lazy("Need attention here"),
    "done": gettext_lazy("Have been through it"),
    "refused": gettext_lazy("Not done for them"),
    "left": gettext_lazy("Left here on the way"),
}
STATES = {
    **dict(Enrolment.State.choices),
    "done": gettext_lazy("Finished the way"),
    "goal": Enrolment.Reason.GOAL.label,
}


def automation_of(request: MemberRequest, pk: int) -> Automation:
    rows = Automation.objects.filter(workspace=request.workspace, deleted_at=None)
    return get_object_or_404(rows.select_related("workspace", "version"), pk=pk)


def walk_of(request: MemberRequest, pk: int) -> Enrolment:
    rows = Enrolment.objects.filter(workspace=request.workspace, automation__deleted_at=None)
    return get_object_or_404(rows.select_related("automation__workspace", "version", "contact"), pk=pk)


@require_safe
@reader
def automation_report(request: MemberRequest, pk: int) -> HttpResponse:
    automation = automation_of(request, pk)
    return render(
        request, "campaigns/automations/trace_report.html", {"automation": automation, "report": report(automation)}
    )


@require_safe
@reader
def automation_people(request: MemberRequest, pk: int) -> HttpResponse:
    """Who stands behind a number: `?step=&which=`, or `?step=&path=`; without a step by `?state=`."""
    automation = automation_of(request, pk)
    walks = _behind(request, automation)
    page = Paginator(walks.select_related("contact", "version").order_by("-entered_at", "-pk"), ROWS).get_page(
        request.GET.get("page")
    )
    context = {
        "automation": automation,
        "page": page,
        "title": _title(request, automation),
        "rows": _rows(request, page.object_list),
        "save_url": f"{address(request, 'automation_segment', pk=pk)}?{request.GET.urlencode()}",
    }
    part = "campaigns/automations/_people_results.html" if wants_part(request) else "campaigns/automations/people.html"
    return render(request, part, context)


def _rows(request: MemberRequest, walks: Iterable[Enrolment]) -> list[tuple[Enrolment, str, str]]:
    """Each with the step where they stand and how it ended, in words."""
    with remembering():
        return [(one, tracing.standing_words(one, request.workspace), tracing.ended_words(one)) for one in walks]


def _behind(request: MemberRequest, automation: Automation) -> QuerySet[Enrolment]:
    asked = request.GET
    if step := asked.get("step", ""):
        which = asked.get("which", "entered")
        if which not in WHICH or "\0" in step + asked.get("path", ""):
            raise Http404
        return counting.people(automation, step=step, which=which, path=asked.get("path", ""))
    return _in_state(Enrolment.objects.filter(automation=automation), asked.get("state", ""))


def _in_state(rows: QuerySet[Enrolment], state: str) -> QuerySet[Enrolment]:
    if state == "goal":
        return rows.filter(reason=Enrolment.Reason.GOAL)
    return rows.filter(state=state) if state in Enrolment.State.values else rows


def _title(request: MemberRequest, automation: Automation) -> str:
    """What the number is, in words."""
    asked, flows = request.GET, tracing.flows_of(automation)
    if not asked.get("step"):
        return str(STATES.get(asked.get("state", ""), _("Everybody who entered")))
    if asked.get("path"):
        names = tracing.path_names(flows) | {counting.NO_PATH: _("Fitted no path")}
        return names.get(asked["path"], _("A path that is not there any more"))
    words = tracing.titles(flows, request.workspace).get(asked["step"], _("A step that is not there any more"))
    return f"{WHICH[asked.get('which', 'entered')]}: {words}"


@require_POST
@editor
def automation_segment(request: MemberRequest, pk: int) -> HttpResponse:
    """Saves the people behind a number as a fixed segment; the query string says which number."""
    automation = automation_of(request, pk)
    people = set(_behind(request, automation).order_by().values_list("contact", flat=True))
    name = _("%(automation)s: %(which)s") % {"automation": automation.name, "which": _title(request, automation)}
    segment = saving.freeze(request.workspace, name=name, contact_ids=people, by=request.user)
    said = ngettext("The segment was saved: one contact", "The segment was saved: %(number)s contacts", len(people))
    toast(request, said % {"number": len(people)})
    return redirect("segments:segment_people", workspace=request.workspace.slug, pk=segment.pk)


@require_safe
@reader
def walk_list(request: MemberRequest) -> HttpResponse:
    """What happened and why: the latest walks of all automations, by person, automation and state."""
    asked = request.GET
    words, state = asked.get("q", "").replace("\0", "").strip(), asked.get("state", "")
    everything = Enrolment.objects.filter(workspace=request.workspace, automation__deleted_at=None)
    walks = _in_state(everything, state)
    chosen = whole(asked.get("automation"))
    walks = walks.filter(automation=chosen) if chosen else walks
    if words:
        walks = walks.filter(contact__in=Search(request.workspace, words).people().order_by().values("pk"))
    related = walks.select_related("contact", "version", "automation").order_by("-pk")
    page = Paginator(related, ROWS).get_page(asked.get("page"))
    context: dict[str, Any] = {"page": page, "rows": _rows(request, page.object_list), "q": words, "state": state}
    context |= {"states": STATES.items(), "chosen": chosen, "automations": _automations(request)}
    context |= {"is_filtered": bool(words or state or chosen), "shows_automation": True}
    part = (
        "campaigns/automations/_people_results.html" if wants_part(request) else "campaigns/automations/trace_list.html"
    )
    return render(request, part, context)


def _automations(request: MemberRequest) -> QuerySet[Automation]:
    return Automation.objects.filter(workspace=request.workspace, deleted_at=None).order_by("name").only("pk", "name")


@require_safe
@reader
def walk_trace(request: MemberRequest, pk: int) -> HttpResponse:
    """What happened to one person, when and why; beside it their other walks."""
    walk = walk_of(request, pk)
    others = Enrolment.objects.filter(contact=walk.contact_id, automation__deleted_at=None).exclude(pk=pk)
    context = {
        "walk": walk,
        "trace": tracing.of(walk, request.workspace),
        "others": others.select_related("automation").order_by("-pk")[:10],
        "is_late": walk.due_at is not None and walk.due_at < timezone.now(),
    }
    return render(request, "campaigns/automations/trace.html", context)


@require_POST
@editor
def walk_again(request: MemberRequest, pk: int) -> HttpResponse:
    """What held them up was mended: they go on where they stand."""
    walk = walk_of(request, pk)
    if moving.again([walk.pk], walk.automation, timezone.now()):
        toast(request, _("They go on within moments."))
    return redirect("automations:walk_trace", workspace=request.workspace.slug, pk=pk)


@require_POST
@editor
def walk_leave(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes the person out; what was done stays done."""
    walk = walk_of(request, pk)
    if leaving.leave_one(walk, reason=Enrolment.Reason.BY_HAND, now=timezone.now()):
        toast(request, _("They were taken out. What was done stays done."))
    return redirect("automations:walk_trace", workspace=request.workspace.slug, pk=pk)


def address(request: MemberRequest, name: str, **more: Any) -> str:
    return reverse(f"automations:{name}", kwargs={"workspace": request.workspace.slug, **more})
