"""The cursor over events: eight writers who dawdle, roll back and die, consumers killed at random, and every event read once.

Real processes, real commits, real SIGKILLs. What was read is noted in a table of its own, in the consumer's transaction and
without a unique index, so that reading twice shows. MASHPECH_FAULT_SEEDS says how many seeds the heavy variant runs.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import connection, connections, transaction

from crm.timeline import consuming
from crm.timeline.models import Event, EventCursor
from crm.timeline.recording import build, event_recorded, record, record_many
from tests.crm.factories import WorkspaceFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning"),
]
SEEDS = int(os.environ.get("MASHPECH_FAULT_SEEDS", "10"))
WRITERS = 8
KIND = "custom.fault"
processes = multiprocessing.get_context("fork")


class Regret(Exception):
    """A writer changes its mind."""


@pytest.fixture(autouse=True)
def _notebook(db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE IF NOT EXISTS faults_seen (event_id bigint)")
        cursor.execute("TRUNCATE faults_seen")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE faults_seen")


def run(target, *args) -> multiprocessing.Process:
    """A process of its own with a connection of its own; nothing of the test's survives in it."""
    connections.close_all()
    process = processes.Process(target=_alone, args=(target, *args), daemon=True)
    process.start()
    return process


def _alone(target, *args) -> None:
    code = 1
    try:
        target(*args)
        code = 0
    finally:
        os._exit(code)  # without pytest's and Django's farewells


def write(workspace: int, seed: int, transactions: int) -> None:
    chance = random.Random(seed)
    for _number in range(transactions):
        with suppress(Regret), transaction.atomic():
            for _event in range(chance.randint(1, 4)):
                record(workspace, KIND)
                time.sleep(chance.choice((0, 0.002, 0.02, 0.06)))
            with suppress(Regret), transaction.atomic():
                record_many([build(workspace, KIND) for _event in range(3)])
                if chance.random() < 0.3:
                    raise Regret
            if chance.random() < 0.2:
                raise Regret


def read_for_ever(seed: int) -> None:
    chance = random.Random(seed)
    while True:
        passed = consuming.consume("faults", lambda events: note(events, chance), limit=chance.randint(1, 40))
        time.sleep(0 if passed else 0.003)


def note(events: list[Event], chance: random.Random | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO faults_seen VALUES (%s)", [(event.pk,) for event in events])
    if chance:
        time.sleep(chance.choice((0, 0.001, 0.01)))


def seen() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_id FROM faults_seen")
        return [row[0] for row in cursor.fetchall()]


PATIENCE = (
    120  # a transaction in flight anywhere on the server, in another suite's database too, holds every reader back
)


def settle() -> None:
    """Waits until nothing older than our events is in flight on the server."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM crm_event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())")
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.02)


def drain() -> None:
    """Reads what is left. A killed process's transaction may linger in the server for a moment."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and len(seen()) < Event.objects.count():
        if not consuming.consume("faults", note):
            time.sleep(0.02)


def disturb(seed: int, *, transactions: int) -> int:
    """Writers to the end, consumers killed all along; returns how many were killed."""
    workspace, chance, kills = WorkspaceFactory().pk, random.Random(seed), 0
    writers = [run(write, workspace, seed * 100 + number, transactions) for number in range(WRITERS)]
    while any(writer.is_alive() for writer in writers):
        consumer = run(read_for_ever, seed + kills)
        time.sleep(chance.choice((0.03, 0.1, 0.3, 0.8)))
        os.kill(consumer.pid, signal.SIGKILL)
        consumer.join()
        kills += 1
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    drain()
    return kills


def assert_each_read_once() -> None:
    read, written = seen(), set(Event.objects.values_list("id", flat=True))
    assert set(read) == written, f"{len(written - set(read))} missed, {len(set(read) - written)} invented"
    assert len(read) == len(written), f"{len(read) - len(written)} read twice"


def test_eight_writers_and_a_killed_consumer_leave_every_event_read_once():
    kills = disturb(7, transactions=25)
    assert_each_read_once()
    assert kills >= 2
    assert Event.objects.count() > WRITERS * 25


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(SEEDS))
def test_and_so_with_many_seeds(seed):
    disturb(1000 + seed, transactions=80)
    assert_each_read_once()


def test_a_process_killed_between_commit_and_signal_loses_nothing():
    def die_after_commit(workspace: int) -> None:
        event_recorded.connect(lambda **told: note([Event(pk=-1)]), weak=False)
        with transaction.atomic():
            transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
            record(workspace, KIND)

    victim = run(die_after_commit, WorkspaceFactory().pk)
    victim.join()
    assert victim.exitcode == -signal.SIGKILL
    drain()
    assert_each_read_once()
    assert Event.objects.count() == 1


def test_a_writer_killed_before_commit_leaves_nothing_to_read():
    def die_before_commit(workspace: int) -> None:
        with transaction.atomic():
            record(workspace, KIND)
            os.kill(os.getpid(), signal.SIGKILL)

    victim = run(die_before_commit, WorkspaceFactory().pk)
    victim.join()
    drain()
    assert (victim.exitcode, seen(), Event.objects.count()) == (-signal.SIGKILL, [], 0)


@contextmanager
def in_flight(workspace: int):
    """An event written by somebody who has not committed yet."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "INSERT INTO crm_event (workspace_id, kind, occurred_at) VALUES (%s, %s, now())", [workspace, KIND]
            )
        yield other
    finally:
        other.close()


def test_what_commits_late_is_waited_for_and_not_skipped():
    workspace = WorkspaceFactory().pk
    with in_flight(workspace) as slow:
        record(workspace, KIND)
        assert consuming.consume("faults", note) == 0
        slow.commit()
    settle()
    assert consuming.consume("faults", note) == 2
    assert consuming.consume("faults", note) == 0
    assert_each_read_once()


def test_a_consumer_that_fails_reads_the_same_again():
    record(WorkspaceFactory(), KIND)
    settle()
    with pytest.raises(ZeroDivisionError):
        consuming.consume("faults", lambda events: (note(events), 1 / 0))
    assert seen() == []
    drain()
    assert_each_read_once()
    assert EventCursor.objects.get(name="faults").event_id == Event.objects.get().pk


def test_two_consumers_of_different_names_each_read_everything():
    for _event in range(3):
        record(WorkspaceFactory(), KIND)
    settle()
    counted = [consuming.consume(name, note, kinds=[KIND]) for name in ("one", "two")]
    assert (counted, len(seen())) == ([3, 3], 6)


def test_a_consumer_of_some_kinds_passes_over_the_rest():
    workspace = WorkspaceFactory()
    record(workspace, KIND)
    record(workspace, "custom.other")
    settle()
    assert consuming.consume("faults", note, kinds=[KIND]) == 2
    assert seen() == list(Event.objects.filter(kind=KIND).values_list("id", flat=True))
