"""What happened reaches the segments: the log is read by its cursor, and only changed contacts are asked again, only by the
segments that mention what changed - all that changed in one statement a segment, be it one contact or a batch of an import.

A segment inside a segment needs no order: a rule names its segments' conditions as its own (mentioning), so each segment is
worked out from the contacts themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils import timezone

from crm.contacts.models import Contact
from crm.rules import mentioning
from crm.rules.remembering import remembering
from crm.segments import refreshing
from crm.segments.models import Segment
from crm.timeline import consuming, kinds
from crm.timeline.models import Event
from crm.visitors.models import IdentityEdge
from crm.workspaces.models import Workspace

CURSOR = "segments"
BATCH = 2000
Index = dict[str, list[Segment]]


def follow(*, limit: int = BATCH) -> int:
    """Reads the next events and moves their people; returns how many events were passed, 0 when there are none to read."""
    return consuming.consume(CURSOR, work, limit=limit)


def follow_all(*, until: float | None = None, clock: Callable[[], float] | None = None) -> int:
    """`follow` until nothing is left, or until `clock` says so."""
    passed = 0
    while count := follow():
        passed += count
        if until is not None and clock is not None and clock() > until:
            break
    return passed


def work(events: Iterable[Event], *, now: datetime | None = None) -> None:
    """In the consumer's transaction. Segments are taken by number, so that two who hold several cannot wait for each other."""
    by_business: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        by_business[event.workspace_id].append(event)
    asked: list[tuple[Segment, set[int]]] = []
    for workspace_id, listed in by_business.items():
        index, everyones = index_of(workspace_id)
        if everyones:
            asked += asked_again(listed, index, everyones).values()
    for segment, people in sorted(asked, key=lambda pair: pair[0].pk):
        refreshing.touch(segment, people, now=now or timezone.now())


def index_of(workspace_id: int) -> tuple[Index, list[Segment]]:
    """Mark -> the settled segments whose rule mentions it; and all of them."""
    living = Segment.objects.filter(workspace=workspace_id, deleted_at=None, is_fixed=False)
    settled = list(living.filter(refreshed_at__isnull=False).select_related("workspace"))
    index: Index = defaultdict(list)
    with remembering():
        for segment in settled:
            for mark in mentioning.marks_of(segment.rule, segment.workspace):
                index[mark].append(segment)
    return index, settled


def asked_again(events: list[Event], index: Index, everyones: list[Segment]) -> dict[int, tuple[Segment, set[int]]]:
    """Segment id -> the segment and the contacts it is to be asked about."""
    owners = owners_of(events)
    winners = winners_of({*owners.values(), *(event.contact_id for event in events if event.contact_id)})
    asked: dict[int, tuple[Segment, set[int]]] = {}
    for event in events:
        people = _people_of(event, owners)
        people |= {winners[person] for person in people if person in winners}
        segments = everyones if kinds.is_sweeping(event.kind) else _mentioning(event, index)
        if people:
            for segment in segments:
                asked.setdefault(segment.pk, (segment, set()))[1].update(people)
    return asked


def _mentioning(event: Event, index: Index) -> list[Segment]:
    return [segment for mark in kinds.touched(event) for segment in index.get(mark, ())]


def owners_of(events: list[Event]) -> dict[int, int]:
    """Visitor -> the contact they are known to be."""
    visitors = {event.visitor_id for event in events if event.visitor_id}
    edges = IdentityEdge.objects.filter(visitor__in=visitors) if visitors else IdentityEdge.objects.none()
    return dict(edges.values_list("visitor_id", "contact_id"))


def winners_of(people: set[int]) -> dict[int, int]:
    """Duplicate -> the contact it was merged into, whose past it is a part of."""
    merged = Contact.objects.filter(pk__in=people, merged_into__isnull=False)
    return {pk: winner for pk, winner in merged.values_list("pk", "merged_into_id") if winner}


def _people_of(event: Event, owners: dict[int, int]) -> set[int]:
    """The event's contact or whose browser it was; of an act on two contacts, both. Nobody, where the person was erased."""
    people = {event.contact_id, owners.get(event.visitor_id or 0)}
    if kinds.is_sweeping(event.kind) and event.subject_type == "contact":
        people.add(event.subject_id)
    return {person for person in people if person}


def redefined(workspace: Workspace, mark: str) -> None:
    """What a mark means has changed for everybody: the segments that mention it are due at once."""
    index, _everyones = index_of(workspace.pk)
    named = [name for name in index if name == mark or (mark.endswith(":") and name.startswith(mark))]
    due = {segment.pk for name in named for segment in index[name]}
    if due:
        Segment.objects.filter(pk__in=due).update(refresh_at=timezone.now())


mentioning.register_keeper(redefined)
