"""What readers do with a mail, as events: opened, clicked. Robots are marked with their reason and counted beside people."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from campaigns.mailings.models import Link, Mailing
from campaigns.mailings.tokens import LinkToken, RecipientToken
from crm.timeline.models import Event
from crm.timeline.recording import record
from crm.visitors.cookies import living
from crm.visitors.models import Visitor
from crm.workspaces.models import Workspace

SAME_OPEN_SECONDS = 60  # a mail program may fetch the picture several times while it draws one mail


def leads_home(url: str, workspace: Workspace) -> bool:
    """Whether the destination is a page of this business, where its reader may be greeted."""
    return url.startswith(f"{settings.PUBLIC_URL}/p/{workspace.slug}/")


def record_click(
    workspace: Workspace,
    link: LinkToken,
    recipient: RecipientToken,
    *,
    visitor: Visitor | None,
    verdict: tuple[str, str],
) -> Event:
    """The mailing and the contact may be gone by now; the event is recorded all the same."""
    known = Link.objects.filter(workspace=workspace, mailing=link.mailing_id, position=link.position).first()
    words = known.label if known and known.label else link.url
    fields = {"position": link.position, "link": words, "url": link.url}
    return _record(workspace, "mailing.clicked", recipient, verdict, visitor=visitor, **fields)


def record_open(workspace: Workspace, recipient: RecipientToken, *, verdict: tuple[str, str]) -> Event | None:
    """None when the same mail was opened a moment ago; while the cache does not answer, every opening counts."""
    with suppress(RedisError):
        if not cache.add(f"mailing-open-{recipient.delivery_id}-{verdict[0]}", 1, SAME_OPEN_SECONDS):
            return None
    return _record(workspace, "mailing.opened", recipient, verdict)


def _record(
    workspace: Workspace, kind: str, recipient: RecipientToken, verdict: tuple[str, str], **fields: Any
) -> Event:
    mailing = Mailing.objects.filter(workspace=workspace, pk=recipient.mailing_id).only("name").first()
    name = mailing.name if mailing else ""
    return record(
        workspace,
        kind,
        contact=living(workspace, recipient.contact_id),
        subject_id=recipient.mailing_id,
        subject_label=name,
        medium="email",
        campaign=name,
        verdict=verdict[0],
        verdict_reason=verdict[1],
        delivery=recipient.delivery_id,
        **fields,
    )
