"""What the page reports of itself: a view, a friend's landing, time spent.

The report comes by beacon, or by pixel where there is no JavaScript; robots rarely send either, and are marked where they do.
A view carries the visitor, and a visitor exists only where browsing was consented to. Without one the event is a plain count
of the page: no contact, no visitor, nothing to join it by - also when the page greeted somebody, because the page session is
for drawing. So "visitors" on a screen is the number of distinct visitors plus the number of views by nobody in particular;
a reload is not reported again.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from campaigns.pages.crediting import land
from campaigns.pages.models import LandingPage
from campaigns.pages.sharing import Someone, find
from campaigns.pages.sources import clean, of_address
from crm.timeline.recording import record
from crm.visitors.collecting import BadBeacon
from crm.visitors.identifying import contact_of
from crm.visitors.models import Visitor
from crm.workspaces.models import Workspace

LONGEST_STAY = 3600  # seconds; a tab left open is not an hour of reading


def view(
    request: HttpRequest, workspace: Workspace, payload: dict[str, Any], visitor: Visitor | None, verdict: tuple[str, str]
) -> None:
    """`{"k": "page.viewed", "p": page id, "u": address, "f": referrer, "own": 1 if the link is the viewer's own}`.

    The pixel sends only k and p: its address stands in the Referer, which the pages of one origin send whole.
    """
    page = page_of(workspace, payload)
    address = str(payload.get("u") or request.headers.get("Referer", ""))
    came = of_address(address, referrer=str(payload.get("f", "")))
    marks = {"verdict": verdict[0], "verdict_reason": verdict[1]}
    record(workspace, "page.viewed", visitor=visitor, subject=page, actor="contact", **came.words, **marks)
    link = find(workspace, came.code)
    if link and link.page_id == page.pk and not payload.get("own"):
        land(link, here=Someone(contact_of(visitor), visitor), verdict=verdict[0], reason=verdict[1])


def engagement(
    request: HttpRequest, workspace: Workspace, payload: dict[str, Any], visitor: Visitor | None, verdict: tuple[str, str]
) -> None:
    """`{"k": "page.engaged", "p": page id, "s": seconds the page was in sight, "d": depth in per cent}`."""
    page = page_of(workspace, payload)
    seconds, depth = number(payload.get("s"), most=LONGEST_STAY), number(payload.get("d"), most=100)
    marks = {"verdict": verdict[0], "verdict_reason": verdict[1]}
    if seconds:
        record(workspace, "page.engaged", visitor=visitor, subject=page, actor="contact", seconds=seconds, depth=depth, **marks)


def page_of(workspace: Workspace, payload: dict[str, Any]) -> LandingPage:
    """A page of this business that is on the air; raises BadBeacon."""
    named = clean(payload.get("p"))
    pages = LandingPage.objects.filter(workspace=workspace, deleted_at=None, version__isnull=False)
    page = pages.filter(pk=int(named)).first() if named.isascii() and named.isdigit() and len(named) < 16 else None
    if page is None:
        raise BadBeacon("no such page")
    return page


def number(value: Any, *, most: int) -> int:
    """A whole number from 0 to `most`; 0 for anything that is none."""
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return min(max(int(value), 0), most) if usable else 0
