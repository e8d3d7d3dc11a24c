"""The sender: claims rows, marks them by groups of twenty, sends each group and stores its answers with the next marking.

Any number of processes run this side by side over the same mailing. Killed anywhere it loses nobody and doubles nobody: at most
one group is left `sending`, and becomes `uncertain` when its lease runs out.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from campaigns.mailings import ledger
from campaigns.mailings.composing import Person, composer_for
from campaigns.mailings.ledger import Exchange, Result, Row, State
from campaigns.mailings.models import Delivery, Mailing
from campaigns.mailings.replies import Reply, classify
from campaigns.mailings.smtp import UNCERTAIN, Envelope
from campaigns.mailings.transports import Transport, Unreachable, transport_for
from crm.consent.granting import suppress
from crm.consent.models import Channel, Suppression
from crm.timeline.models import Event
from crm.timeline.recording import event_recorded

log = logging.getLogger(__name__)
MINUTES = (1, 5, 15, 60, 120, 240, 480, 480, 720, 720)  # between tries: two days in all
LOST_MINUTES = 15  # a cut line is nobody's fault and never the end


def send(mailing_id: int, *, seconds: float = 30.0, transport: Transport | None = None) -> bool:
    """Sends what is due of one mailing, for at most about `seconds`. True when something is left that is due now."""
    mailing = Mailing.objects.select_related("workspace").get(pk=mailing_id)
    if mailing.status != Mailing.Status.SENDING:
        return False
    way = transport or transport_for(mailing.workspace)
    try:
        way.open()
        return Run(mailing, way).until(time.monotonic() + seconds)
    except Unreachable as error:
        note_trouble(mailing, str(error))
        return False
    finally:
        way.close()


def note_trouble(mailing: Mailing, words: str) -> None:
    """What the report shows while nothing moves; the rows wait untouched."""
    if mailing.trouble != words[:200]:
        Mailing.objects.filter(pk=mailing.pk).update(trouble=words[:200])
        mailing.trouble = words[:200]


class Run:
    """One process at work on one mailing."""

    def __init__(self, mailing: Mailing, transport: Transport) -> None:
        self.mailing, self.transport = mailing, transport
        self.worker = f"{socket.gethostname()[:20]}/{os.getpid()}/{uuid.uuid4().hex[:12]}"
        self.exchange = Exchange(mailing, worker=self.worker)
        self.composer = composer_for(mailing)
        self.results: list[Result] = []  # of the group before, not yet stored
        self.stopped = False

    def until(self, deadline: float) -> bool:
        """Works until nothing is due, the mailing stops, or the deadline; says whether it stopped for the deadline alone."""
        try:
            while not self.stopped and time.monotonic() < deadline:
                rows = ledger.claim(self.mailing.pk, worker=self.worker, now=timezone.now())
                if not rows:
                    ledger.finish(self.mailing.pk, now=timezone.now())
                    return False
                self.work(rows, deadline)
            return not self.stopped
        finally:
            ledger.release(self.mailing.pk, worker=self.worker)

    def work(self, rows: list[Row], deadline: float) -> None:
        """One claim, group by group. The results of the last group are always stored."""
        people = self.composer.people.of([row.contact_id for row in rows if row.contact_id])
        for group in _groups(rows):
            self.send_group(group, people)
            if self.stopped or time.monotonic() > deadline:
                break
        self.store([])
        event_recorded.send_robust(sender=Event, kinds={"mailing.sent"}, workspace_ids={self.mailing.workspace_id})

    def send_group(self, group: list[Row], people: dict[int, Person]) -> None:
        mails = dict(self.compose(group, people))
        going = self.store(list(mails))
        self.stopped = bool(mails) and not going and not self.is_on()
        batch = [row for row in group if row.id in going]
        if not batch:
            return
        sender = self.composer.sender
        replies = self.transport.send([Envelope(sender, row.address, mails[row.id]) for row in batch])
        now = timezone.now()
        self.results += [result_of(row, reply, now=now) for row, reply in zip(batch, replies, strict=True)]
        self.learn(batch)

    def compose(self, group: list[Row], people: dict[int, Person]) -> Iterator[tuple[int, bytes]]:
        """The mails of a group. A row that cannot be composed is skipped with its reason and holds up nobody."""
        now = timezone.now()
        for row in group:
            try:
                yield row.id, self.composer.compose(row, people[row.contact_id or 0], now=now)
            except Exception as error:
                gone = isinstance(error, KeyError) and row.contact_id not in people and self.is_gone(row)
                reason = Delivery.Skip.REMOVED if gone else Delivery.Skip.BAD_CONTENT
                log.warning("Delivery %s is skipped: %s (%s)", row.id, reason, type(error).__name__)
                self.results.append(Result(row.id, State.SKIPPED, skip_reason=reason, text=type(error).__name__))

    def is_gone(self, row: Row) -> bool:
        return not self.mailing.workspace.contacts.filter(pk=row.contact_id or 0).exists()

    def store(self, following: list[int]) -> set[int]:
        """Stores what is known, marks what comes next. Nothing to do costs no statement."""
        if not self.results and not following:
            return set()
        going = self.exchange(self.results, following, now=timezone.now())
        self.results = []
        return going

    def is_on(self) -> bool:
        return Mailing.objects.filter(pk=self.mailing.pk, status=Mailing.Status.SENDING).exists()

    def learn(self, batch: list[Row]) -> None:
        """A dead address is not written to again, by any mailing. While the line breaks at every mail, the owner is told."""
        lost = all(result.code is None for result in self.results)
        note_trouble(self.mailing, self.results[-1].text if lost else "")
        addresses = {row.id: row.address for row in batch}
        for result in self.results:
            if result.failure == Delivery.Failure.DEAD and result.id in addresses:
                reason = Suppression.Reason.DEAD
                suppress(self.mailing.workspace, Channel.EMAIL, addresses[result.id], reason=reason)


def result_of(row: Row, reply: Reply, *, now: datetime) -> Result:
    """What an answer makes of a row. `attempts` of the row count the tries before this one."""
    if reply is UNCERTAIN:
        return Result(row.id, State.UNCERTAIN, text=reply.text)
    if reply.code == 0:
        wait = timedelta(minutes=min(MINUTES[min(row.attempts, len(MINUTES) - 1)], LOST_MINUTES))
        return Result(row.id, State.DEFERRED, text=reply.text, next_try_at=now + wait)
    if reply.is_positive:
        return Result(row.id, State.ACCEPTED, code=reply.code, text=reply.text)
    if not reply.is_passing:
        return Result(row.id, State.FAILED, code=reply.code, text=reply.text, failure=classify(reply))
    if row.attempts >= len(MINUTES):
        return Result(row.id, State.FAILED, code=reply.code, text=reply.text, failure=Delivery.Failure.EXPIRED)
    wait = timedelta(minutes=MINUTES[row.attempts])
    return Result(row.id, State.DEFERRED, code=reply.code, text=reply.text, next_try_at=now + wait)


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    walker = iter(rows)
    while group := list(islice(walker, ledger.GROUP)):
        yield group
