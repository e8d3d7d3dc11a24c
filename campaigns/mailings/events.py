"""The kinds of event this room records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.mailings.models import Link, Mailing
from crm.timeline import kinds
from crm.timeline.kinds import Kind, Text
from crm.workspaces.models import Workspace


def mailings(workspace: Workspace) -> Iterable[tuple[int, str]]:
    """The mailings an event may be about, newest first."""
    started = Mailing.objects.filter(workspace=workspace, deleted_at=None).exclude(status=Mailing.Status.DRAFT)
    return started.order_by("-started_at").values_list("pk", "name")


def links(workspace: Workspace, mailing_id: int) -> Iterable[tuple[int, str]]:
    """The links of a mailing by their position, for whoever asks who clicked which."""
    rows = Link.objects.filter(workspace=workspace, mailing=mailing_id).order_by("position")
    return [(link.position, link.label or link.url) for link in rows]


def _kind(name: str, label: Text, sentence: Text, icon: str, *, tone: str = "sea", **more: Any) -> Kind:
    return Kind(
        f"mailing.{name}",
        label=label,
        sentence=sentence,
        icon=icon,
        tone=tone,
        group="mail",
        subject_type="mailing",
        subjects=mailings,
        **more,
    )


kinds.register(
    _kind("sent", _("Was sent a mailing"), _("The mailing “%(subject)s” was sent"), "send"),
    _kind("delivered", _("A mailing arrived"), _("The mailing “%(subject)s” arrived"), "mail"),
    _kind("opened", _("Opened a mailing"), _("Opened the mailing “%(subject)s”"), "mail-opened"),
    _kind(
        "clicked",
        _("Clicked in a mailing"),
        _("Clicked “%(link)s” in the mailing “%(subject)s”"),
        "click",
        parts=links,
        part_property="position",
        part_label=_("Which link"),
    ),
    _kind("bounced", _("A mailing came back"), _("The mailing “%(subject)s” came back"), "mail-x", tone="ember"),
    _kind(
        "complained",
        _("Reported as spam"),
        _("Reported the mailing “%(subject)s” as spam"),
        "alert-triangle",
        tone="ember",
    ),
    _kind(
        "unsubscribed",
        _("Unsubscribed by a mailing"),
        _("Unsubscribed by the mailing “%(subject)s”"),
        "mail-off",
        tone="ember",
    ),
)
