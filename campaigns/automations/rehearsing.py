"""Rehearsal: what the draft would have done on what happened in the last month. Nothing is sent, and nothing stays.

The very engine runs, on copies of the rows (shadowing.py), in a transaction that is always rolled back: its clock goes from
one thing that happened to the next, and from one due hour to the next, up to now. What people did is seen as it was at each
moment; their fields, lists and tags are as they are today, as is everything else a condition may ask.

People are independent of one another, so they are taken TOGETHER at a time, each group in a transaction of its own: an open one
keeps the readers of the log waiting. It is short by design: at most the latest EVENTS things that happened, and SECONDS. Where
there were more, it says from when on it rehearsed; where time ran out, of how many people it tried how many, who were drawn
by lot.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min, Q

from campaigns.automations import counting, days, enrolling, flow, moving, shadowing, tracing, triggering, triggers
from campaigns.automations.counting import Counts
from campaigns.automations.enrolling import Came
from campaigns.automations.models import Automation, Enrolment, Version
from campaigns.automations.tracing import Trace
from campaigns.automations.triggering import Doors
from crm.contacts.models import Contact
from crm.rules.remembering import remembering
from crm.timeline.models import Event, Verdict

DAYS = 30
EVENTS, TOGETHER, SECONDS, SHOWN = 3000, 25, 8.0, 100
ROUNDS = 20  # at one moment, before the next has its turn
Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Date:
    """A day whose people are let in: place of the trigger, local day, its hour, and who they are."""

    at: datetime
    place: int
    came: Sequence[Came]


@dataclass(slots=True)
class Past:
    """What happened in the rehearsed days that the draft listens to. `people` are in an order drawn by lot, always the same."""

    since: datetime
    until: datetime
    dates: list[Date] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    is_cut: bool = False


@dataclass(slots=True)
class Rehearsal:
    """`is_cut`: more had happened before `since`. `tried` of `asked` people were rehearsed, of whom `people` would
    have entered.
    `reached` < `until` only where time ran out among the very first."""

    since: datetime
    until: datetime
    reached: datetime
    is_cut: bool = False
    asked: int = 0
    tried: int = 0
    people: int = 0
    counts: Counts = field(default_factory=Counts)
    traces: list[Trace] = field(default_factory=list)

    @property
    def is_late(self) -> bool:
        return self.reached < self.until


def rehearse(
    automation: Automation, *, now: datetime, days_back: int = DAYS, seconds: float = SECONDS, together: int = TOGETHER
) -> Rehearsal:
    """Raises ValidationError where the draft could not be switched on."""
    found = flow.problems(automation.draft, automation.workspace)
    if found:
        raise ValidationError([ValidationError(words, code=step or "start") for step, words in found])
    ends = time.monotonic() + seconds
    past = past_of(automation, since=now - timedelta(days=days_back), until=now)
    told = Rehearsal(past.since, now, now, past.is_cut, asked=len(past.people))
    for start in range(0, len(past.people), together):
        part = _apart(automation, past, past.people[start : start + together], ends)
        if part.is_late and start:
            break  # half of a group says nothing
        _add(told, part)
        if part.is_late:
            break
    told.traces = sorted(told.traces, key=lambda trace: (trace.walk.entered_at, trace.walk.contact_id))[:SHOWN]
    return told


def _apart(automation: Automation, past: Past, people: Sequence[int], ends: float) -> Rehearsal:
    with transaction.atomic():
        shadowing.begin()
        part = _run(automation, past, people, ends)
        transaction.set_rollback(True)
    return part


def _add(told: Rehearsal, part: Rehearsal) -> None:
    told.reached = min(told.reached, part.reached)
    told.tried += part.tried
    told.people += part.people
    told.counts.add(part.counts)
    told.traces += part.traces


def past_of(automation: Automation, *, since: datetime, until: datetime) -> Past:
    """Read before anything is copied, so that nobody waits for it."""
    past = Past(since, until)
    starts = _starting(automation, past)
    people = triggering.people_of(starts) if starts else {}
    past.dates = list(_dates(automation, past))
    alive = {*people.values(), *(one.contact_id for date in past.dates for one in date.came)}
    here = Contact.objects.filter(workspace=automation.workspace_id, pk__in=alive).alive()
    past.people = sorted(here.values_list("pk", flat=True), key=_lot)
    return past


def _lot(pk: int) -> bytes:
    return hashlib.blake2b(str(pk).encode(), digest_size=8).digest()


def _starting(automation: Automation, past: Past) -> list[Event]:
    """The latest EVENTS that would have let somebody in; an earlier start where there were more."""
    said = [one for one in automation.draft["triggers"] if one["on"] == "event"]
    asked = Q()
    for one in said:
        asked |= Q(kind=one["event"], subject_id=one["subject"]) if "subject" in one else Q(kind=one["event"])
    rows = Event.objects.filter(
        workspace=automation.workspace_id, occurred_at__gt=past.since, occurred_at__lte=past.until
    )
    latest = rows.filter(asked).exclude(verdict=Verdict.ROBOT).order_by("-occurred_at", "-pk") if said else rows.none()
    found = list(latest[: EVENTS + 1])
    if len(found) > EVENTS:
        past.is_cut, past.since = True, found[-1].occurred_at
    fitting = (event for event in found[:EVENTS] if any(triggers.fits(one, event) for one in said))
    return [event for event in fitting if event.occurred_at > past.since]


def _dates(automation: Automation, past: Past) -> Iterator[Date]:
    workspace, version = automation.workspace, Version(automation=automation, flow=automation.draft)
    first, last = (moment.astimezone(workspace.zone).date() for moment in (past.since, past.until))
    for place, trigger in enumerate(automation.draft["triggers"]):
        for number in range((last - first).days + 1 if trigger["on"] == "date" else 0):
            day = first + timedelta(days=number)
            at = days.moment(day, trigger["at"], workspace)
            if past.since < at <= past.until:
                yield Date(at, place, days.celebrating(workspace, version, place, day))


def _run(automation: Automation, past: Past, people: Sequence[int], ends: float) -> Rehearsal:
    first = shadowing.shadow(automation, people, since=past.since, until=past.until)
    play = Play(_switched_on(automation, past.since), past, set(people), first)
    told = Rehearsal(past.since, past.until, play.run(ends), tried=len(people))
    walks = (
        Enrolment.objects.filter(automation=automation)
        .select_related("contact", "version")
        .order_by("entered_at", "pk")
    )
    told.people, told.counts = walks.order_by().values("contact").distinct().count(), counting.of(automation)
    with remembering():
        told.traces = tracing.many(list(walks[:SHOWN]), automation.workspace)
    return told


def _switched_on(automation: Automation, since: datetime) -> Automation:
    """The draft as a version that runs, among the copies."""
    version = Version.objects.create(automation=automation, number=1, flow=automation.draft, created_at=since)
    told = {
        "status": Automation.Status.ON,
        "version": version,
        "switched_at": since,
        "gathering": None,
        "deleted_at": None,
    }
    Automation.objects.filter(pk=automation.pk).update(**told)
    return Automation.objects.select_related("workspace", "version").get(pk=automation.pk)


class Play:
    """The clock of a rehearsal, which goes by itself."""

    def __init__(self, automation: Automation, past: Past, people: set[int], first: int) -> None:
        assert automation.version is not None
        self.automation, self.version, self.past = automation, automation.version, past
        self.doors = Doors()
        triggering.open_doors(self.doors, automation)
        triggering.hope(self.doors, automation.version)
        self.events = self._wanted()
        mine = (
            Date(date.at, date.place, [one for one in date.came if one.contact_id in people]) for date in past.dates
        )
        self.dates = sorted((date for date in mine if date.came), key=lambda date: (date.at, date.place))
        self.heard = first - 1  # the last event that is not of the rehearsal itself

    def _wanted(self) -> list[Event]:
        """What the draft listens to, of these people, in order of what happened."""
        kinds = [*self.doors.starts, *self.doors.hopes]
        rows = Event.objects.raw(
            f"SELECT * FROM {shadowing.LATER} WHERE kind = ANY(%s) AND verdict <> 'robot' ORDER BY occurred_at, id",  # noqa: S608
            [kinds],
        )
        return list(rows)

    def run(self, ends: float) -> datetime:
        """Returns how far it came."""
        now = self.past.since
        while (moment := self._next(now)) is not None:
            now = moment
            self._round(now, ends)
            if time.monotonic() >= ends:
                return now
        return self.past.until

    def _next(self, now: datetime) -> datetime | None:
        """The next hour at which something is to be done, later than now."""
        due = Enrolment.objects.filter(automation=self.automation, state=Enrolment.State.ACTIVE).aggregate(
            at=Min("due_at")
        )
        moments = [due["at"], *(event.occurred_at for event in self.events[:1]), *(date.at for date in self.dates[:1])]
        moments = [max(moment, now) for moment in moments if moment is not None]
        if not moments or min(moments) > self.past.until:
            return None
        return min(moments)

    def _round(self, now: datetime, ends: float) -> None:
        """As the engine's own round: who is due goes first, then what happened is read, then days."""
        for _round in range(ROUNDS):
            moved = moving.move(now, until=ends, is_rehearsal=True)
            read = self._read(now)
            came = self._celebrate(now)
            if not moved + read + came or time.monotonic() >= ends:
                return

    def _read(self, now: datetime) -> int:
        shadowing.reveal(now)
        happened = [event for event in self.events if event.occurred_at <= now]
        self.events = self.events[len(happened) :]
        own = list(Event.objects.filter(pk__gt=self.heard).order_by("pk"))
        self.heard = max([self.heard, *(event.pk for event in own)])
        events = [
            event for event in (*happened, *own) if event.kind in self.doors.starts or event.kind in self.doors.hopes
        ]
        if events:
            triggering.take(self.doors, events, triggering.people_of(events), now=now)
        return len(happened) + len(own)

    def _celebrate(self, now: datetime) -> int:
        ready = [date for date in self.dates if date.at <= now]
        self.dates = self.dates[len(ready) :]
        for date in ready:
            came = triggering.allowed(self.automation, self.version, date.came, now=now)
            enrolling.enrol(self.automation, self.version, came, now=now)
        return len(ready)
