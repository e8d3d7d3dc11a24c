"""Workers are killed at random instants, and the sink's journal is held against the ledger: nobody lost, nobody doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.db import connection

from campaigns.mailings import ledger, planning
from campaigns.mailings.models import Mailing
from crm.timeline.models import Event
from tests.campaigns.mailings.factories import MailingFactory, make_people
from tests.sinks import Sink, running_sink

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

PEOPLE = 2000
WORKERS = 2
PATIENCE = 120.0
INJECTIONS = [
    "p?7@*=first:451 4.7.1 Greylisted",
    "p11?@*=550 5.1.1 No such user",
    "p5??@*=first:drop",
    "p6?@*=first:drop-after",
    "p1999@*=first:data:452 4.3.1 Full",
]
CUT_AFTER = 10  # of p60 to p69 the sink keeps the mail and never says so


def pytest_generate_tests(metafunc):
    asked = metafunc.config.option.markexpr
    seeds = int(os.environ.get("MASHPECH_FAULT_SEEDS", "10" if "faults" in asked else "3"))
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(seeds))


class Nursery:
    """Starts workers, and kills one of them at a time."""

    def __init__(self, process: subprocess.Popen[str], chance: random.Random) -> None:
        self.process, self.chance = process, chance
        self.workers: list[int] = []
        self.kills = 0

    def start(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.workers.append(int(self.process.stdout.readline()))

    def kill_one(self) -> None:
        worker = self.workers.pop(self.chance.randrange(len(self.workers)))
        os.kill(worker, signal.SIGKILL)
        self.kills += 1


@contextmanager
def nursery(sink: Sink, chance: random.Random) -> Iterator[Nursery]:
    parts = connection.settings_dict
    address = f"{parts['USER']}:{quote(parts['PASSWORD'], safe='')}@" if parts["USER"] else ""
    socket = parts["OPTIONS"].get("host", "") or (parts["HOST"] if parts["HOST"].startswith("/") else "")
    place = "" if socket or not parts["HOST"] else f"{parts['HOST']}:{parts['PORT'] or 5432}"
    url = f"postgres://{address}{place}/{parts['NAME']}" + (f"?host={socket}" if socket else "")
    told = {
        "DATABASE_URL": url,
        "EMAIL_URL": sink.url,
        "DEBUG": "1",
        "LOG_LEVEL": "ERROR",
        "DATABASE_CONN_MAX_AGE": "600",
    }
    command = [sys.executable, "-m", "tests.faults.nursery"]
    with subprocess.Popen(
        command, env=os.environ | told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process, chance)


@pytest.fixture
def mailing() -> Mailing:
    mailing = MailingFactory()
    make_people(mailing.workspace, PEOPLE)
    planning.start(mailing, None)
    return mailing


def look(mailing: Mailing) -> Mailing:
    """One sample: from the moment the audience is frozen, the states add up to it. Never more."""
    now = Mailing.objects.only("status", "audience_size").get(pk=mailing.pk)
    if now.audience_size is not None:
        assert sum(ledger.states(mailing.pk).values()) == now.audience_size == PEOPLE
    return now


def send_under_fire(mailing: Mailing, workers: Nursery) -> None:
    """Kills and replaces workers at random instants while mail flows, then lets the rest be sent in peace."""
    end, kills = time.monotonic() + PATIENCE, workers.chance.randint(4, 8)
    for _worker in range(WORKERS):
        workers.start()
    next_kill = time.monotonic() + 0.5 + workers.chance.random()
    while look(mailing).status != Mailing.Status.SENT:
        assert time.monotonic() < end, f"not finished: {ledger.states(mailing.pk)}"
        if workers.kills < kills and time.monotonic() >= next_kill:
            workers.kill_one()
            workers.start()
            next_kill = time.monotonic() + workers.chance.random() * 0.5
        time.sleep(0.01)


def test_nobody_is_lost_and_nobody_doubled_when_workers_are_killed(mailing, seed, tmp_path):
    chance = random.Random(seed)
    with running_sink(tmp_path, inject=INJECTIONS) as sink, nursery(sink, chance) as workers:
        send_under_fire(mailing, workers)
    times = Counter(sink.recipients)
    assert len({mail["message_id"] for mail in sink.mails} - {""}) == len(sink.mails)
    rows = dict(mailing.deliveries.values_list("address", "state"))
    in_state = {state: {address for address, each in rows.items() if each == state} for state in set(rows.values())}
    accepted, uncertain = in_state.get("accepted", set()), in_state.get("uncertain", set())
    assert workers.kills >= 4
    assert len(rows) == PEOPLE
    assert {address: number for address, number in times.items() if number > 1} == {}
    assert accepted - set(times) == set()  # what the ledger calls delivered, the sink has
    assert set(times) - accepted - uncertain == set()  # what the sink has, the ledger knows of
    assert set(in_state) <= {"accepted", "uncertain", "failed"}
    assert len(uncertain) <= ledger.GROUP * workers.kills + CUT_AFTER
    assert all(address.startswith("p11") for address in in_state.get("failed", set()))
    sent = Event.objects.filter(kind="mailing.sent", subject_id=mailing.pk)
    assert sent.count() == sent.values("contact").distinct().count() == len(accepted)
