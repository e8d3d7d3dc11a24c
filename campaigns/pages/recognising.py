"""Who is at this browser: the page session first, then the visitor cookie. Asks the database only when a cookie came."""

from __future__ import annotations

from django.http import HttpRequest

from campaigns.pages.sharing import Someone
from crm.visitors.cookies import session_contact, visitor_of
from crm.visitors.identifying import proven_contact_of
from crm.workspaces.models import Workspace


def recognise(request: HttpRequest, workspace: Workspace) -> Someone:
    """Nobody, for a browser without our cookies.

    The page session is for drawing only: it says whom to greet, and whose code a tap on the share button takes; it never
    makes a web event somebody's. The visitor does, and exists only where browsing was consented to. Whoever only typed a known
    person's address is not told whose it is.
    """
    if not request.COOKIES:
        return Someone()
    visitor = visitor_of(request, workspace)
    contact = session_contact(request, workspace) or proven_contact_of(visitor)
    if contact:
        contact.workspace = workspace  # found through it, so nobody need ask again
    return Someone(contact, visitor)
