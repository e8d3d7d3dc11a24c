"""The two cookies, both signed by TOKEN_KEYS and both of one business only.

`mp_page`: who is greeted, for half an hour, sent only to that business's pages, for drawing them and nothing else.
`mp_v.<workspace>`: which visitor this browser is, for thirteen months, and only where browsing was consented to.
"""

from __future__ import annotations

import struct
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from crm.contacts.models import Contact
from crm.visitors.models import Visitor
from crm.workspaces.models import Workspace
from crm.workspaces.signing import BadToken, sign, unsign

PAGE, VISITOR = "mp_page", "mp_v"
PAGE_LIFE = timedelta(minutes=30)
VISITOR_LIFE = timedelta(days=396)
SESSION = struct.Struct(">IQQI")  # workspace, contact, delivery (0 for none), opened at


@dataclass(frozen=True, slots=True)
class PageSession:
    contact_id: int
    delivery_id: int | None


def open_session(
    response: HttpResponseBase, workspace: Workspace, contact_id: int, delivery_id: int | None = None
) -> None:
    """From now on, for half an hour, the pages of this business greet this contact in this browser."""
    body = SESSION.pack(workspace.pk, contact_id, delivery_id or 0, int(time.time()))
    _set(response, PAGE, sign(body, purpose=PAGE), life=PAGE_LIFE, path=_pages(workspace))


def session_of(request: HttpRequest, workspace: Workspace) -> PageSession | None:
    """What the page cookie says, unread from the database. None when it is missing, old, forged or another business's."""
    token = request.COOKIES.get(PAGE)
    if not token:
        return None
    try:
        workspace_id, contact_id, delivery_id, opened = SESSION.unpack(unsign(token, purpose=PAGE))
    except (BadToken, struct.error):
        return None
    fresh = 0 <= time.time() - opened + 60 <= PAGE_LIFE.total_seconds() + 60
    return PageSession(contact_id, delivery_id or None) if fresh and workspace_id == workspace.pk else None


def session_contact(request: HttpRequest, workspace: Workspace) -> Contact | None:
    """The living contact whom the page may greet."""
    session = session_of(request, workspace)
    if session is None:
        return None
    return living(workspace, session.contact_id)


def living(workspace: Workspace, contact_id: int) -> Contact | None:
    """The contact of that id, or the one it was merged into; None when binned, erased, or of another business."""
    for _step in range(5):
        contact = Contact.objects.filter(workspace=workspace, pk=contact_id, deleted_at=None).first()
        if contact is None or contact.merged_into_id is None:
            return contact
        contact_id = contact.merged_into_id
    return None


def close_session(response: HttpResponseBase, workspace: Workspace) -> None:
    """Not you? The page forgets at once. A browser drops a cookie only when the path is the one it was set with."""
    response.delete_cookie(PAGE, path=_pages(workspace), samesite="Lax")  # type: ignore[attr-defined]


def visitor_of(request: HttpRequest, workspace: Workspace) -> Visitor | None:
    token = request.COOKIES.get(cookie_name(workspace))
    if not token:
        return None
    try:
        body = unsign(token, purpose=VISITOR)
        workspace_id, key = struct.unpack(">I", body[:4])[0], uuid.UUID(bytes=body[4:])
    except (BadToken, ValueError, struct.error):
        return None
    return Visitor.objects.filter(workspace=workspace, key=key).first() if workspace_id == workspace.pk else None


def remember(response: HttpResponseBase, visitor: Visitor) -> None:
    """Call only for a visitor that exists: one is made only where browsing was consented to."""
    body = struct.pack(">I", visitor.workspace_id) + visitor.key.bytes
    name = f"{VISITOR}.{visitor.workspace_id}"
    _set(response, name, sign(body, purpose=VISITOR), life=VISITOR_LIFE, path="/")


def forget(response: HttpResponseBase, workspace: Workspace) -> None:
    response.delete_cookie(cookie_name(workspace), path="/", samesite="Lax")  # type: ignore[attr-defined]


def cookie_name(workspace: Workspace) -> str:
    return f"{VISITOR}.{workspace.pk}"


def _pages(workspace: Workspace) -> str:
    return f"/p/{workspace.slug}/"


def _set(response: HttpResponseBase, name: str, value: str, *, life: timedelta, path: str) -> None:
    secure = settings.PUBLIC_URL.startswith("https://")
    response.set_cookie(  # type: ignore[attr-defined]
        name, value, max_age=life, path=path, httponly=True, samesite="Lax", secure=secure
    )
