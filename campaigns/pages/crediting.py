"""Landings of friends, and who is thanked for them.

The promise: credit goes to the last human landing within 30 days before the friend's first-ever capture; oneself is refused;
robots earn nobody anything; a friend is credited once in their life.

What a landing is, and what identifies it. The page reports `share.landed` by its beacon (or, without JavaScript, by its
pixel). With tracking consent the event carries the visitor, and "the last landing of this friend" is a question to the log.
Without it there is no identifier at all, and there must be none: a stranger's page sets no cookie. What remains is the
address itself: the form posts to the address of the page it stands on, `?r=CODE` included, so the code in the POST is the
landing of the very person who sends it. Where the log has landings by this code, their time decides (of this visitor; without
a visitor, the newest of anybody, so that a tab left open for months earns nothing). Where it has none, beacon and pixel were
blocked: the sent form is the proof of the landing and is recorded as one, so nobody has more friends joined than landed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.pages.models import LandingPage, Referral, ShareLink
from campaigns.pages.sharing import Someone, find, sharer_of
from crm.contacts.models import Contact
from crm.timeline.models import Event, Verdict
from crm.timeline.recording import record
from crm.visitors.identifying import contact_of
from crm.visitors.models import Visitor
from crm.workspaces.models import Workspace

WINDOW = timedelta(days=30)
LANDED = "share.landed"


def land(
    link: ShareLink, *, here: Someone, verdict: str = Verdict.HUMAN, reason: str = "", now: datetime | None = None
) -> Event | None:
    """Records that somebody came by this code. Sharers who look at their own link are not their own friends: None."""
    if is_own(link, here):
        return None
    return record(
        link.workspace_id,
        LANDED,
        visitor=here.visitor,
        subject=link.page,
        actor="contact",
        source="share",
        medium="whatsapp",
        occurred_at=now,
        verdict=verdict,
        verdict_reason=reason,
        code=link.code,
    )


def is_own(link: ShareLink, here: Someone) -> bool:
    """Whether the browser that holds this link is its sharer's own, as far as is known."""
    if here.visitor and link.visitor_id == here.visitor.pk:
        return True
    sharer, own = sharer_of(link), here.contact or contact_of(here.visitor)
    return bool(sharer and own and sharer.pk == own.pk)


@transaction.atomic
def credit(
    friend: Contact,
    page: LandingPage,
    code: str,
    *,
    here: Someone,
    is_first_capture: bool,
    verdict: str = Verdict.HUMAN,
    now: datetime | None = None,
) -> Referral | None:
    """Thanks the sharer of the friend's last human landing, or nobody (None).

    `code` is the `?r=` of the address that was posted to; `here` is what was known of the browser BEFORE this form said who
    it is. Records `referral.joined` on the friend and, if the sharer is known, `referral.credited` on the sharer.
    """
    now = now or timezone.now()
    if not is_first_capture or verdict != Verdict.HUMAN:
        return None
    link = last_landing(page, code, here=here, now=now)
    if link is None or is_own(link, here):
        return None
    sharer = sharer_of(link)
    if sharer is not None and sharer.pk == friend.pk:
        return None
    values = {"workspace_id": page.workspace_id, "page_id": link.page_id, "share_link": link, "sharer": sharer}
    referral, made = Referral.objects.get_or_create(friend=friend, defaults={**values, "created_at": now})
    if made:
        _tell_both(referral, now=now)
    return referral if made else None


def last_landing(page: LandingPage, code: str, *, here: Someone, now: datetime) -> ShareLink | None:
    """The link of the newest human landing of this browser in the window; the posted code may be one (see above)."""
    posted = find(page.workspace, code)
    if posted and posted.page_id == page.pk and not is_own(posted, here):
        landed_at = _latest_landing(posted, here.visitor, now=now)
        if landed_at is None:
            land(posted, here=here, reason="form", now=now)
            return posted
        if here.visitor is None:
            return posted if landed_at >= now - WINDOW else None
    links = (find(page.workspace, landed) for landed in _codes_of(page.workspace, here.visitor, now=now))
    return next((link for link in links if link and not is_own(link, here)), None)


def _latest_landing(link: ShareLink, visitor: Visitor | None, *, now: datetime) -> datetime | None:
    """When this visitor - or, where nobody may be told apart, anybody - last landed by this code."""
    landings = _human_landings(link.workspace).filter(subject_id=link.page_id, visitor=visitor, occurred_at__lte=now)
    return landings.filter(properties__code=link.code).aggregate(at=Max("occurred_at"))["at"]


def _codes_of(workspace: Workspace, visitor: Visitor | None, *, now: datetime) -> list[str]:
    """Codes by which a visitor landed within the window, newest first."""
    if visitor is None:
        return []
    landings = _human_landings(workspace).filter(visitor=visitor, occurred_at__range=(now - WINDOW, now))
    return [event.properties.get("code", "") for event in landings.order_by("-occurred_at", "-id")[:50]]


def _human_landings(workspace: Workspace) -> QuerySet[Event]:
    return Event.objects.filter(workspace=workspace, kind=LANDED, verdict=Verdict.HUMAN)


def _tell_both(referral: Referral, *, now: datetime) -> None:
    """Each card names the other, so that both tell the story."""
    with translation.override(referral.workspace.language):
        sharer_name = str(referral.sharer) if referral.sharer else _("someone you do not know yet")
    shared: dict[str, Any] = {"actor": "system", "occurred_at": now, "page": referral.page_id}
    record(
        referral.workspace_id,
        "referral.joined",
        contact=referral.friend_id,
        subject_id=referral.sharer_id,
        subject_label=sharer_name,
        source="share",
        medium="whatsapp",
        **shared,
    )
    if referral.sharer:
        record(referral.workspace_id, "referral.credited", contact=referral.sharer, subject=referral.friend, **shared)
