"""The kinds of event this room records."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from campaigns.pages.models import LandingPage
from crm.timeline.kinds import Kind, register
from crm.workspaces.models import Workspace


def pages_of(workspace: Workspace) -> Iterator[tuple[int, str]]:
    """The pages an event can be about, for whoever offers a choice of them (a funnel's stage)."""
    yield from LandingPage.objects.filter(workspace=workspace, deleted_at=None).values_list("pk", "name")


register(
    Kind(
        "page.viewed",
        label=_("Visited a page"),
        sentence=_("Visited %(subject)s"),
        icon="eye",
        group="web",
        subject_type="page",
        subjects=pages_of,
        web=True,
    ),
    Kind(
        "page.engaged",
        label=_("Stayed on a page"),
        sentence=_("Stayed %(seconds)s seconds on %(subject)s"),
        icon="clock",
        group="web",
        subject_type="page",
        subjects=pages_of,
        web=True,
    ),
    Kind(
        "form.submitted",
        label=_("Sent a form"),
        sentence=_("Sent the form on %(subject)s"),
        icon="forms",
        tone="leaf",
        group="form",
        subject_type="page",
        subjects=pages_of,
    ),
    Kind(
        "share.clicked",
        label=_("Tapped the share button"),
        sentence=_("Tapped the share button on %(subject)s"),
        icon="brand-whatsapp",
        tone="leaf",
        group="share",
        subject_type="page",
        subjects=pages_of,
    ),
    Kind(
        "share.landed",
        label=_("Landed from a friend's link"),
        sentence=_("Landed on %(subject)s from a friend's link"),
        icon="route",
        tone="sea",
        group="share",
        subject_type="page",
        subjects=pages_of,
        web=True,
    ),
    Kind(
        "referral.joined",
        label=_("Joined thanks to a friend"),
        sentence=_("Joined thanks to %(subject)s"),
        icon="heart-handshake",
        tone="leaf",
        group="share",
        subject_type="contact",
    ),
    Kind(
        "referral.credited",
        label=_("Brought a friend"),
        sentence=_("Brought %(subject)s"),
        icon="user-heart",
        tone="sun",
        group="share",
        subject_type="contact",
    ),
)
