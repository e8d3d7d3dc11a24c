"""What became of a mailing. Every number is counted from rows; people come first, robots beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce

from campaigns.mailings import ledger
from campaigns.mailings.models import Delivery, Mailing
from crm.contacts.models import Contact
from crm.timeline.models import Event

State = Delivery.State
WAITING = (State.QUEUED, State.CLAIMED, State.SENDING, State.DEFERRED)
OPENED, CLICKED = ("mailing.opened", "mailing.clicked"), ("mailing.clicked",)
# A click tells that the mail was opened, also where the pixel was not fetched.
DEEDS = {
    "opened": OPENED,
    "clicked": CLICKED,
    "unsubscribed": ("mailing.unsubscribed",),
    "complained": ("mailing.complained",),
}

DEEDS_SQL = """
SELECT kind, verdict = 'robot' AS is_robot, count(*), count(DISTINCT contact_id) FROM crm_event
WHERE workspace_id = %s AND kind = ANY(%s) AND subject_id = %s GROUP BY 1, 2
"""
OPENERS_SQL = """
SELECT count(DISTINCT contact_id) FROM crm_event
WHERE workspace_id = %s AND kind IN ('mailing.opened', 'mailing.clicked') AND subject_id = %s AND verdict <> 'robot'
"""
LINKS_SQL = """
SELECT (properties->>'position')::int, count(DISTINCT contact_id) FILTER (WHERE verdict <> 'robot'),
    count(*) FILTER (WHERE verdict <> 'robot'), count(*) FILTER (WHERE verdict = 'robot')
FROM crm_event WHERE workspace_id = %s AND kind = 'mailing.clicked' AND subject_id = %s GROUP BY 1
"""
SHARES_SQL = """
WITH clickers AS (
    SELECT contact_id, min(occurred_at) AS first_at FROM crm_event
    WHERE workspace_id = %(workspace)s AND kind = 'mailing.clicked' AND subject_id = %(mailing)s AND verdict <> 'robot'
        AND contact_id IS NOT NULL GROUP BY 1
), taps AS (
    SELECT e.contact_id, e.properties->>'code' AS code, min(e.occurred_at) AS at FROM crm_event e
    JOIN clickers c ON c.contact_id = e.contact_id AND e.occurred_at BETWEEN c.first_at AND c.first_at + interval '30 days'
    WHERE e.workspace_id = %(workspace)s AND e.kind = 'share.clicked' AND e.verdict <> 'robot' GROUP BY 1, 2
), landings AS (
    SELECT l.verdict FROM crm_event l JOIN taps t ON t.code <> '' AND l.properties->>'code' = t.code AND l.occurred_at >= t.at
    WHERE l.workspace_id = %(workspace)s AND l.kind = 'share.landed'
), joined AS (
    SELECT DISTINCT f.subject_id FROM crm_event f JOIN (SELECT contact_id, min(at) AS at FROM taps GROUP BY 1) t
        ON t.contact_id = f.contact_id AND f.occurred_at >= t.at
    WHERE f.workspace_id = %(workspace)s AND f.kind = 'referral.credited'
)
SELECT (SELECT count(DISTINCT contact_id) FROM taps), (SELECT count(*) FROM landings WHERE verdict <> 'robot'),
    (SELECT count(*) FROM landings WHERE verdict = 'robot'), (SELECT count(*) FROM joined)
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """What readers did: `people` are persons, `robots` are events of robots."""

    people: int
    robots: int = 0


@dataclass(frozen=True, slots=True)
class LinkRow:
    letter: str
    position: int
    label: str
    url: str
    people: int
    clicks: int
    robots: int


@dataclass(frozen=True, slots=True)
class Shares:
    """What came of the clicks, as far as events tell: shared within 30 days, landings by their codes, friends who joined."""

    tapped: int
    landed: int
    landed_robots: int
    joined: int


class Report:
    """Counts of one mailing; each is asked for once, when it is drawn."""

    def __init__(self, mailing: Mailing) -> None:
        self.mailing = mailing

    # -- the books ------------------------------------------------------------------------------------------------------
    @cached_property
    def states(self) -> dict[str, int]:
        return ledger.states(self.mailing.pk)

    @property
    def audience(self) -> int:
        """What the rows must add up to: the size that was frozen."""
        size = self.mailing.audience_size
        return self.total if size is None else size

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def is_balanced(self) -> bool:
        """Of an automatic mailing that is open there is no size to compare with."""
        return self.mailing.audience_size is None or self.mailing.audience_size == self.total

    @property
    def accepted(self) -> int:
        return self.states[State.ACCEPTED]

    @property
    def failed(self) -> int:
        return self.states[State.FAILED]

    @property
    def uncertain(self) -> int:
        return self.states[State.UNCERTAIN]

    @property
    def skipped(self) -> int:
        return self.states[State.SKIPPED]

    @property
    def cancelled(self) -> int:
        return self.states[State.CANCELLED]

    @property
    def deferred(self) -> int:
        return self.states[State.DEFERRED]

    @property
    def waiting(self) -> int:
        return sum(self.states[state] for state in WAITING)

    @property
    def meant(self) -> int:
        """Those a mail was meant to go to."""
        return self.total - self.skipped

    @property
    def settled(self) -> int:
        """Those of `meant` whose mail has an end, good or bad."""
        return self.meant - self.waiting

    @cached_property
    def skip_reasons(self) -> list[tuple[str, str, int]]:
        """(reason, its words, how many), the commonest first."""
        return self._reasons("skip_reason", Delivery.Skip)

    @cached_property
    def failures(self) -> list[tuple[str, str, int]]:
        return self._reasons("failure", Delivery.Failure)

    def _reasons(self, column: str, choices: Any) -> list[tuple[str, str, int]]:
        rows = self.mailing.deliveries.exclude(**{column: ""}).values_list(column).annotate(count=Count("pk"))
        return [(reason, str(choices(reason).label), count) for reason, count in rows.order_by("-count", column)]

    @property
    def warnings(self) -> list[tuple[str, str, int]]:
        """Refusals that are about the sender, never about the people."""
        ours = {Delivery.Failure.POLICY, Delivery.Failure.SPAM, Delivery.Failure.AUTH, Delivery.Failure.RATE}
        return [row for row in self.failures if row[0] in ours]

    # -- the readers ----------------------------------------------------------------------------------------------------
    @cached_property
    def _deeds(self) -> dict[tuple[str, bool], tuple[int, int]]:
        kinds = sorted({kind for each in DEEDS.values() for kind in each})
        rows = _rows(DEEDS_SQL, [self.mailing.workspace_id, kinds, self.mailing.pk])
        return {(kind, robot): (events, people) for kind, robot, events, people in rows}

    def _deed(self, kind: str) -> Deed:
        return Deed(self._deeds.get((kind, False), (0, 0))[1], self._deeds.get((kind, True), (0, 0))[0])

    @cached_property
    def opened(self) -> Deed:
        ((people,),) = _rows(OPENERS_SQL, [self.mailing.workspace_id, self.mailing.pk])
        return Deed(people, self._deed("mailing.opened").robots)

    @cached_property
    def not_opened(self) -> int:
        return people_who(self.mailing, "not_opened").count() if self.accepted else 0

    @property
    def clicked(self) -> Deed:
        return self._deed("mailing.clicked")

    @property
    def unsubscribed(self) -> Deed:
        return self._deed("mailing.unsubscribed")

    @property
    def complained(self) -> Deed:
        return self._deed("mailing.complained")

    @property
    def clicks(self) -> int:
        return self._deeds.get(("mailing.clicked", False), (0, 0))[0]

    @cached_property
    def links(self) -> list[LinkRow]:
        """The links, the most clicked first; letters follow their order in the mail."""
        rows = _rows(LINKS_SQL, [self.mailing.workspace_id, self.mailing.pk])
        counted = {position: numbers for position, *numbers in rows}
        links = [
            LinkRow(
                letter_of(link.position),
                link.position,
                link.label or link.url,
                link.url,
                *counted.get(link.position, (0, 0, 0)),
            )
            for link in self.mailing.links.all()
        ]
        return sorted(links, key=lambda link: (-link.people, link.position))

    @cached_property
    def shares(self) -> Shares:
        (row,) = _rows(SHARES_SQL, {"workspace": self.mailing.workspace_id, "mailing": self.mailing.pk})
        return Shares(*row)


def letter_of(position: int) -> str:
    """A, B, ... Z, AA, AB: how a link is called on the map of clicks."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def people_who(mailing: Mailing, deed: str, *, position: int | None = None) -> QuerySet[Contact]:
    """The contacts behind a number: opened, clicked (a link, by `position`), unsubscribed, complained, not_opened. What a
    duplicate did is of whom it was merged into. Raises KeyError for another deed."""
    people = Contact.objects.alive().filter(workspace=mailing.workspace)
    if deed == "not_opened":
        got = mailing.deliveries.filter(state=State.ACCEPTED, contact__isnull=False)
        delivered = people.filter(pk__in=got.values_list(Coalesce("contact__merged_into", "contact"), flat=True))
        return delivered.exclude(pk__in=_doers(mailing, OPENED))
    return people.filter(pk__in=_doers(mailing, DEEDS[deed], position=position))


def _doers(mailing: Mailing, kinds: Iterable[str], *, position: int | None = None) -> Any:
    events = Event.objects.people().filter(workspace=mailing.workspace, kind__in=kinds, subject_id=mailing.pk)
    if position is not None:
        events = events.filter(properties__position=position)
    return events.exclude(contact=None).values_list(Coalesce("contact__merged_into", "contact_id"), flat=True)


def rule_of(mailing: Mailing, deed: str) -> dict[str, Any]:
    """The same people as a rule, to save as a segment that keeps itself up to date; empty where no rule says it."""
    if deed == "not_opened":
        opened = [{"event": kind, "subject": mailing.pk} for kind in OPENED]
        return {"all": [{"event": "mailing.sent", "subject": mailing.pk}, {"none": opened}]}
    criteria = [{"event": kind, "subject": mailing.pk} for kind in DEEDS.get(deed, ())]
    return criteria[0] if len(criteria) == 1 else {"any": criteria} if criteria else {}


def _rows(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
