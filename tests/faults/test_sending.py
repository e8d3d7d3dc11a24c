"""Workers are killed at random instants, and the sink's journal is held against the ledger: nobody lost, nobody doubled."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from campaigns.mailings import ledger, planning
from campaigns.mailings.models import Mailing
from crm.timeline.models import Event
from tests.campaigns.mailings.factories import MailingFactory, make_people
from tests.faults.workers import Nursery, nursery
from tests.sinks import running_sink

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
    with running_sink(tmp_path, inject=INJECTIONS) as sink, nursery(chance, EMAIL_URL=sink.url) as workers:
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
