"""What this room adds to the home screen: the last mailing, what got stuck, and the first mailing as a step."""

from __future__ import annotations

from collections.abc import Iterator

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.mailings import ledger
from campaigns.mailings.models import Delivery, Mailing
from crm.timeline.models import Event, Verdict
from crm.workspaces import home
from crm.workspaces.http import MemberRequest
from crm.workspaces.models import Workspace


def last_mailing(request: MemberRequest) -> str:
    sent = Mailing.objects.filter(workspace=request.workspace, deleted_at=None, status=Mailing.Status.SENT)
    mailing = sent.order_by("-finished_at").first()
    if mailing is None:
        return ""
    delivered = ledger.states(mailing.pk)[Delivery.State.ACCEPTED]
    context = {
        "mailing": mailing,
        "delivered": delivered,
        "opened": _people(mailing, "mailing.opened"),
        "clicked": _people(mailing, "mailing.clicked"),
    }
    return render_to_string("campaigns/mailings/_home_last.html", context, request=request)


def _people(mailing: Mailing, kind: str) -> int:
    events = Event.objects.filter(workspace_id=mailing.workspace_id, kind=kind, subject_id=mailing.pk)
    return events.exclude(verdict=Verdict.ROBOT).values("contact_id").distinct().count()


def what_got_stuck(request: MemberRequest) -> Iterator[home.Matter]:
    paused = Mailing.objects.filter(workspace=request.workspace, deleted_at=None, status=Mailing.Status.PAUSED)
    for mailing in paused.exclude(trouble="")[:2]:
        yield home.Matter(
            icon="alert-triangle",
            what=_("The mailing “%(name)s” stopped") % {"name": mailing.name},
            evidence=mailing.trouble,
            action=_("To the mailing"),
            url=_report(request, mailing),
            tone="ember",
            order=10,
        )
    for mailing, number in _uncertain(request.workspace):
        yield home.Matter(
            icon="help-circle",
            what=ngettext("One mail is uncertain", "%(number)s mails are uncertain", number) % {"number": number},
            evidence=_("“%(name)s”: the connection broke at the moment of sending. They were not sent again.")
            % {"name": mailing.name},
            action=_("To decide"),
            url=_report(request, mailing),
            tone="sun",
            order=40,
        )


def _uncertain(workspace: Workspace) -> Iterator[tuple[Mailing, int]]:
    recent = Mailing.objects.filter(workspace=workspace, deleted_at=None).exclude(status=Mailing.Status.DRAFT)
    automatic = recent.filter(is_automatic=True, deliveries__state=Delivery.State.UNCERTAIN).distinct()
    for mailing in {*recent.order_by("-started_at")[:3], *automatic.order_by("-started_at")[:3]}:
        number = mailing.deliveries.filter(state=Delivery.State.UNCERTAIN).count()
        if number:
            yield mailing, number


def _report(request: MemberRequest, mailing: Mailing) -> str:
    return reverse("mailings:mailing_report", kwargs={"workspace": request.workspace.slug, "pk": mailing.pk})


def has_mailing(workspace: Workspace) -> bool:
    return Mailing.objects.filter(workspace=workspace, deleted_at=None, started_at__isnull=False).exists()


home.register_step(
    "mailing", home.Step(gettext_lazy("First mailing"), url_name="mailings:mailing_list", is_done=has_mailing, order=50)
)
home.register_matter("mailings", what_got_stuck)
home.register_part("last mailing", last_mailing, order=30, column="side")
