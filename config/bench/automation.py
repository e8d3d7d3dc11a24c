"""From what somebody did to the first thing an automation does for them: when nothing else happens, while a mailing writes all
of its 100,000 events, five hundred a second, and while as many are written without a pause.

One worker comes by as the clock sends it, every two seconds, and no doorbell wakes it earlier: what a business has when its
broker is down. Measured is what the person would notice, from the commit of the event to the commit of the step.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

from django.db import connections

from campaigns.automations import flow, switching, working
from config.bench.measuring import Measured, Row, Scale
from crm.contacts.models import Contact, ContactTag
from crm.timeline.models import Event
from crm.timeline.recording import Told, load, record
from crm.workspaces.models import Workspace

GOAL = {"idle_95": 5.0, "busy_95": 10.0}  # of the flood the figures are told
CLOCK_SECONDS = 2
TIMES = 20
PEOPLE, MAILING, CHUNK = 20_000, 100_000, 500
PATIENCE = 120.0


def run(scale: Scale) -> Measured:
    workspace = Workspace.objects.create(name="bench", slug=f"bench-automation-{time.time_ns()}")
    people = _people(workspace)
    _switched_on(workspace)
    with side_by_side(clock):
        idle = [_latency(workspace, pk) for pk in people[:TIMES]]
        others = iter(people[TIMES:])
        busy = _beside(workspace, others, people, pace=1.0)
        flood = _beside(workspace, others, people, pace=0.0)
    written = Event.objects.filter(workspace=workspace, kind="mailing.sent").count()
    rows: list[Row] = [("when", "times", "median", "95 of 100", "slowest")]
    rows += [_row("nothing else happens", idle), _row(f"a mailing writes {MAILING:,} events", busy)]
    rows += [_row(f"{written - MAILING:,} are written without a pause", flood)]
    figures = {"idle_95": _most(idle), "busy_95": _most(busy), "flood_95": _most(flood)}
    return Measured(figures, rows)


def _beside(workspace: Workspace, others: Iterator[int], people: list[int], *, pace: float) -> list[float]:
    """One after the other, from the first event of a mailing to its last."""
    found = []
    with side_by_side(mailing, workspace.pk, people, pace) as writer:
        while writer.is_alive():
            found.append(_latency(workspace, next(others)))
    return found


def _people(workspace: Workspace) -> list[int]:
    made = (Contact(workspace=workspace, email=f"a{number}@bench.test") for number in range(PEOPLE))
    return [contact.pk for contact in Contact.objects.bulk_create(made, batch_size=2000)]


def _switched_on(workspace: Workspace) -> None:
    said = {"triggers": [{"on": "event", "event": "order.placed"}], "steps": [flow.new_step("tag", tag="הזמינו")]}
    automation = switching.create(workspace, name="bench", draft=said, by=None)
    switching.switch_on(automation, now=datetime.now(UTC))


def _latency(workspace: Workspace, pk: int) -> float:
    time.sleep(random.random() * CLOCK_SECONDS)
    record(workspace, "order.placed", contact=pk)
    started = time.monotonic()
    while not ContactTag.objects.filter(contact=pk).exists():
        if time.monotonic() > started + PATIENCE:
            raise RuntimeError(f"nothing was done within {PATIENCE} seconds")
        time.sleep(0.02)
    return time.monotonic() - started


def _most(found: list[float]) -> float:
    return round(sorted(found)[int(len(found) * 0.95)], 2)


def _row(name: str, found: list[float]) -> Row:
    told = (statistics.median(found), _most(found), max(found))
    return (name, str(len(found)), *(f"{one:.1f} s" for one in told))


def clock() -> None:
    while True:
        working.work(until=time.monotonic() + 30)
        time.sleep(CLOCK_SECONDS)


def mailing(workspace_id: int, people: list[int], pace: float) -> None:
    """A chunk of its events every `pace` seconds."""
    for start in range(0, MAILING, CHUNK):
        began = time.monotonic()
        told = (Told("mailing.sent", people[(start + number) % len(people)]) for number in range(CHUNK))
        load(workspace_id, told, occurred_at=datetime.now(UTC), source="", actor="mailing:1")
        time.sleep(max(0.0, pace - (time.monotonic() - began)))


@contextmanager
def side_by_side(work: Callable[..., None], *arguments: Any) -> Iterator[Any]:
    """A process of its own, with connections of its own."""
    connections.close_all()
    process = get_context("fork").Process(target=work, args=arguments, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
