"""What the page reports of itself: a view, a friend's landing, time spent.

The report comes by beacon, or by pixel where there is no JavaScript; robots rarely send either, and are marked where they do.
A view carries the visitor, and a visitor exists only where browsing was consented to. Without one the event is a plain count
of the page: no contact, no visitor, nothing to join it by - also when the page greeted somebody, because the page session is
for drawing. So "visitors" on a screen is the number of distinct visitors plus the number of views by nobody in particular.
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
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace

LONGEST_STAY = 3600  # seconds; a tab left open is not an hour of reading
MARKS = {"actor": "contact"}


def view(
    request: HttpRequest,
    workspace: Workspace,
    payload: dict[str, Any],
    visitor: Visitor | None,
    verdict: tuple[str, str],
) -> None:
    """`page.viewed`: p = id of the page, and what the beacon knows of source, medium, campaign.

    The address itself stands in the Referer, which the pages of one origin send whole. The pixel has nothing else, and it
    sends one report only: by it a landing is told in the same breath.
    """
    page = page_of(workspace, payload)
    came = of_address(request.headers.get("Referer", ""))
    words = {name: came.words[name] or clean(payload.get(name)) for name in came.words}
    record(workspace, "page.viewed", visitor=visitor, subject=page, **MARKS, **words, **said(verdict))
    if request.method == "GET":
        _land(page, came.code, visitor, verdict)


def landing(
    request: HttpRequest,
    workspace: Workspace,
    payload: dict[str, Any],
    visitor: Visitor | None,
    verdict: tuple[str, str],
) -> None:
    """`share.landed`: p = id of the page, r = the code in its address."""
    _land(page_of(workspace, payload), clean(payload.get("r")), visitor, verdict)


def engagement(
    request: HttpRequest,
    workspace: Workspace,
    payload: dict[str, Any],
    visitor: Visitor | None,
    verdict: tuple[str, str],
) -> None:
    """`page.engaged`: p = id of the page, seconds it was in sight, depth reached in per cent."""
    page = page_of(workspace, payload)
    facts = {
        "seconds": number(payload.get("seconds"), most=LONGEST_STAY),
        "depth": number(payload.get("depth"), most=100),
    }
    if facts["seconds"]:
        record(workspace, "page.engaged", visitor=visitor, subject=page, **MARKS, **facts, **said(verdict))


def _land(page: LandingPage, code: str, visitor: Visitor | None, verdict: tuple[str, str]) -> None:
    """A code of another page, or of nobody, is no landing."""
    link = find(page.workspace, code)
    if link and link.page_id == page.pk:
        land(link, here=Someone(contact_of(visitor), visitor), verdict=verdict[0], reason=verdict[1])


def said(verdict: tuple[str, str]) -> dict[str, str]:
    return {"verdict": verdict[0], "verdict_reason": verdict[1]}


def page_of(workspace: Workspace, payload: dict[str, Any]) -> LandingPage:
    """A page of this business that is on the air; raises BadBeacon."""
    named = clean(payload.get("p"))
    pages = LandingPage.objects.select_related("workspace").filter(
        workspace=workspace, deleted_at=None, version__isnull=False
    )
    page = pages.filter(pk=whole(named) or 0).first()
    if page is None:
        raise BadBeacon("no such page")
    return page


def number(value: Any, *, most: int) -> int:
    """A whole number from 0 to `most`; 0 for anything that is none."""
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return min(max(int(value), 0), most) if usable else 0
