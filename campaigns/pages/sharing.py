"""Codes and taps: how a page travels from a person to a friend.

A `ShareLink` is one sharer's own code on one page, so `?r=CODE` says who passed the page on and nothing else: it greets
nobody, binds nobody and may be copied anywhere. "Shared" cannot be observed (WhatsApp tells nobody what was sent), only the
tap on the button and the landings of friends.

Whose code a tap gets: the contact of the page session, else the contact or the visitor of the visitor cookie (which exists
only with tracking consent), else the code named in the button itself (the thank-you page knows who just signed up), else the
code the person came with - a friend of a friend still came thanks to the first - else none: we do not invent an identifier for
someone who did not agree to have one.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from campaigns.pages.models import LandingPage, ShareLink
from crm.contacts.models import Contact
from crm.timeline.models import Verdict
from crm.timeline.recording import record
from crm.visitors.models import IdentityEdge, Visitor
from crm.workspaces.models import Workspace

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that reads as something else: no 0 O 1 I L
CODE_LENGTH = 7
CODE = re.compile(rf"[{ALPHABET}]{{4,12}}")
WHATSAPP = "https://wa.me/?text="


@dataclass(frozen=True, slots=True)
class Someone:
    """Who is at the browser, as far as is known: a contact, or a visitor nobody knows yet, or neither."""

    contact: Contact | None = None
    visitor: Visitor | None = None

    @property
    def is_anybody(self) -> bool:
        return bool(self.contact or self.visitor)


def clean_code(raw: object) -> str:
    """The code as we write it, or "" for what cannot be one."""
    code = str(raw or "").strip().upper()
    return code if CODE.fullmatch(code) else ""


def find(workspace: Workspace, code: object) -> ShareLink | None:
    cleaned = clean_code(code)
    links = ShareLink.objects.select_related("page", "contact", "visitor").filter(workspace=workspace)
    return links.filter(code=cleaned).first() if cleaned else None


def link_for(page: LandingPage, someone: Someone) -> ShareLink | None:
    """The sharer's code on this page, made at the first wish; None for nobody. Safe when two requests wish at once."""
    if not someone.is_anybody:
        return None
    who = {"contact": someone.contact} if someone.contact else {"visitor": someone.visitor}
    for _attempt in range(5):
        try:
            link, _made = ShareLink.objects.get_or_create(
                page=page, **who, defaults={"workspace_id": page.workspace_id, "code": new_code()}
            )
        except IntegrityError:
            continue  # somebody else's code: roll again
        return link
    raise RuntimeError("no free share code in five tries")


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def page_url(page: LandingPage, code: str = "") -> str:
    """The clean address on the public origin, with the sharer's code when there is one."""
    path = reverse("pages_public:page", kwargs={"workspace": page.workspace.slug, "page": page.slug})
    return f"{settings.PUBLIC_URL}{path}" + (f"?r={code}" if code else "")


def whatsapp_url(text: str, url: str) -> str:
    """WhatsApp with the owner's words, and the link alone on a line of its own; the person picks the friend there."""
    return WHATSAPP + quote(f"{text.strip()}\n{url}" if text.strip() else url, safe="")


@transaction.atomic
def tap(
    page: LandingPage, someone: Someone, *, came_with: str = "", verdict: str = Verdict.HUMAN, reason: str = ""
) -> str:
    """Records `share.clicked` and returns the address to pass on. A robot gets the plain address and makes no code."""
    own = link_for(page, someone) if verdict != Verdict.ROBOT else None
    passed_on = own or find(page.workspace, came_with)
    if passed_on and passed_on.page_id != page.pk:
        passed_on = None
    code = passed_on.code if passed_on else ""
    record(
        page.workspace_id,
        "share.clicked",
        contact=someone.contact,
        visitor=someone.visitor,
        subject=page,
        actor="contact",
        medium="whatsapp",
        verdict=verdict,
        verdict_reason=reason,
        code=code,
    )
    return page_url(page, code if verdict != Verdict.ROBOT else "")


def sharer_of(link: ShareLink) -> Contact | None:
    """Who is behind a code now: its contact (after a merge, who they became), or whoever its visitor turned out to be."""
    contact = link.contact
    if contact is None and link.visitor_id:
        edge = IdentityEdge.objects.select_related("contact").filter(visitor_id=link.visitor_id).first()
        contact = edge.contact if edge else None
    while contact and contact.merged_into_id:
        contact = contact.merged_into
    return contact
