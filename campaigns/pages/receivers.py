"""What this room adds to the registries below it."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.content.links import register_link_target
from campaigns.pages import reporting
from campaigns.pages.card import who_brought_whom
from campaigns.pages.models import LandingPage, Referral, ShareLink, Submission
from campaigns.pages.sharing import page_url
from crm.contacts.card import register_panel
from crm.contacts.erasing import register_eraser
from crm.contacts.models import Contact
from crm.visitors.collecting import register_beacon
from crm.workspaces.models import Workspace


def pages_to_link(workspace: Workspace) -> list[tuple[int, str]]:
    return list(LandingPage.objects.filter(workspace=workspace, deleted_at=None).values_list("pk", "name"))


def address_of(workspace: Workspace, pk: int) -> str | None:
    """The clean address of a page; also of one not yet on the air, which a mail may be written before."""
    page = LandingPage.objects.filter(workspace=workspace, pk=pk, deleted_at=None).select_related("workspace").first()
    return page_url(page) if page else None


def erase(contact: Contact) -> None:
    """Leads, codes and credits of an erased person. Counts stay in the log, where nobody stands behind them any more."""
    Referral.objects.filter(Q(friend=contact) | Q(sharer=contact)).delete()
    ShareLink.objects.filter(Q(contact=contact) | Q(visitor__identity__contact=contact)).delete()
    Submission.objects.filter(contact=contact).delete()


register_link_target("page", pages_to_link, address_of, label=_("Landing page"))
register_beacon("page.viewed", reporting.view)
register_beacon("page.engaged", reporting.engagement)
register_beacon("share.landed", reporting.landing)
register_eraser(
    "pages",
    erase,
    covers=[
        *("campaigns.Submission.contact", "campaigns.ShareLink.contact"),
        *("campaigns.Referral.friend", "campaigns.Referral.sharer"),
    ],
)
register_panel("who brought whom", who_brought_whom, order=60)
