"""What pages brought, counted from the log: people first, robots beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from campaigns.pages.models import LandingPage, Referral, ShareLink
from crm.contacts.models import Contact
from crm.timeline.models import Event, Verdict
from crm.workspaces.models import Workspace

PEOPLE = ~Q(verdict=Verdict.ROBOT)
ROBOTS = Q(verdict=Verdict.ROBOT)


@dataclass(slots=True)
class Figures:
    """Of one page. `visitors`: distinct visitors, and views by nobody in particular; `leads`: forms that people sent."""

    visitors: int = 0
    robots: int = 0
    leads: int = 0


def of_pages(workspace: Workspace, page_ids: Iterable[int]) -> dict[int, Figures]:
    """Figures by page id, in one statement."""
    events = Event.objects.filter(
        workspace=workspace,
        kind__in=["page.viewed", "form.submitted"],
        subject_type="page",
        subject_id__in=list(page_ids),
    )
    rows = events.values("subject_id", "kind").annotate(
        known=Count("visitor_id", filter=PEOPLE, distinct=True),
        anonymous=Count("pk", filter=PEOPLE & Q(visitor=None)),
        people=Count("pk", filter=PEOPLE),
        robots=Count("pk", filter=ROBOTS),
    )
    figures: dict[int, Figures] = defaultdict(Figures)
    for row in rows:
        found = figures[int(row["subject_id"] or 0)]
        if row["kind"] == "page.viewed":
            found.visitors, found.robots = row["known"] + row["anonymous"], row["robots"]
        else:
            found.leads = row["people"]
    return figures


@dataclass(slots=True)
class SharerRow:
    """What one sharer brought. `sharer` is None for all who shared before anybody knew them."""

    sharer: Contact | None
    tapped: int = 0
    landed: int = 0
    robots: int = 0
    joined: int = 0


@dataclass(slots=True)
class SharingFigures:
    """`sharers` tapped at least once; `landed` and `robots` count landings; `joined` counts friends."""

    tapped: int = 0
    landed: int = 0
    robots: int = 0
    joined: int = 0
    rows: list[SharerRow] = field(default_factory=list)

    @property
    def sharers(self) -> int:
        return sum(1 for row in self.rows if row.sharer)

    @property
    def friends_per_sharer(self) -> float | None:
        """The K-factor: how many friends a sharer brings; None while nobody shared."""
        return self.joined / self.sharers if self.sharers else None


def of_sharing(workspace: Workspace, page: LandingPage | None = None) -> SharingFigures:
    """Taps, landings and friends, by sharer: who brought most comes first."""
    rows: dict[int | None, SharerRow] = {}
    links = _links(workspace, page)
    for code, tapped in _taps(workspace, page).items():
        _row(rows, links.get(code)).tapped += tapped
    for code, (landed, robots) in _landings(workspace, page).items():
        row = _row(rows, links.get(code))
        row.landed, row.robots = row.landed + landed, row.robots + robots
    for sharer_id, joined in _friends(workspace, page).items():
        _row(rows, sharer_id).joined += joined
    people = Contact.objects.filter(workspace=workspace).in_bulk([pk for pk in rows if pk])
    for pk, row in rows.items():
        row.sharer = people.get(pk) if pk else None
    ordered = sorted(rows.values(), key=lambda row: (-row.joined, -row.landed, -row.tapped, row.sharer is None))
    totals = {name: sum(getattr(row, name) for row in ordered) for name in ("tapped", "landed", "robots", "joined")}
    return SharingFigures(**totals, rows=ordered)


def _row(rows: dict[int | None, SharerRow], sharer_id: int | None) -> SharerRow:
    return rows.setdefault(sharer_id, SharerRow(None))


def _links(workspace: Workspace, page: LandingPage | None) -> dict[str, int | None]:
    """Codes, and whose they are: after a merge the winner's, after a form whoever the visitor turned out to be."""
    links = ShareLink.objects.filter(workspace=workspace, **({"page": page} if page else {}))
    rows = links.values_list("code", "contact_id", "contact__merged_into_id", "visitor__identity__contact_id")
    return {code: winner or contact or known for code, contact, winner, known in rows}


def _events(workspace: Workspace, kind: str, page: LandingPage | None) -> QuerySet[Event]:
    return Event.objects.filter(workspace=workspace, kind=kind, **({"subject_id": page.pk} if page else {}))


def _taps(workspace: Workspace, page: LandingPage | None) -> dict[str, int]:
    taps = (
        _events(workspace, "share.clicked", page).filter(PEOPLE).values("properties__code").annotate(taps=Count("pk"))
    )
    return {row["properties__code"] or "": row["taps"] for row in taps}


def _landings(workspace: Workspace, page: LandingPage | None) -> dict[str, tuple[int, int]]:
    landings = _events(workspace, "share.landed", page).values("properties__code")
    counted = landings.annotate(people=Count("pk", filter=PEOPLE), robots=Count("pk", filter=ROBOTS))
    return {row["properties__code"] or "": (row["people"], row["robots"]) for row in counted}


def _friends(workspace: Workspace, page: LandingPage | None) -> dict[int | None, int]:
    friends = Referral.objects.filter(workspace=workspace, **({"page": page} if page else {}))
    rows = friends.values_list("sharer_id", "sharer__merged_into_id").annotate(friends=Count("pk"))
    joined: dict[int | None, int] = defaultdict(int)
    for sharer, winner, count in rows:
        joined[winner or sharer] += count
    return joined
