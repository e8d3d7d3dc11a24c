"""Workers at an act on many are killed at random instants: everybody is changed once, told once, and given back once."""

from __future__ import annotations

import os
import random
import time

import pytest
from django.db import connection

from crm.bulk import starting
from crm.bulk.models import BulkAct
from crm.bulk.selecting import Whom
from crm.models import Contact, ContactTag, Event, Workspace
from tests.crm.factories import WorkspaceFactory
from tests.faults.workers import Nursery, nursery

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

PEOPLE = 4000
PATIENCE = 180.0
MANY = """
INSERT INTO crm_contact (workspace_id, email, first_name, last_name, "values", source, created_at, updated_at)
SELECT %s, 'p' || i || '@example.test', '', '', '{}', '', now(), now() FROM generate_series(1, %s) i
"""


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(int(os.environ.get("MASHPECH_FAULT_SEEDS", "3"))))


@pytest.fixture
def workspace() -> Workspace:
    workspace = WorkspaceFactory()
    with connection.cursor() as cursor:
        cursor.execute(MANY, [workspace.pk, PEOPLE])
    return workspace


def under_fire(act: BulkAct, workers: Nursery, end_status: str) -> BulkAct:
    """Kills and replaces workers a few times while the act moves, then leaves them in peace. Counts never pass the people."""
    end, next_kill = time.monotonic() + PATIENCE, 0.0
    kills = workers.kills + workers.chance.randint(3, 6)
    while time.monotonic() < end:
        act.refresh_from_db()
        assert act.settled <= act.total <= PEOPLE
        if act.status == end_status:
            return act
        if act.settled and time.monotonic() > next_kill and workers.kills < kills:
            workers.kill_one()
            workers.start()
            next_kill = time.monotonic() + workers.chance.random() * 0.3
        time.sleep(0.02)
    raise AssertionError(f"{act.status} after {PATIENCE} seconds: {act.settled} of {act.total}")


def test_everybody_is_changed_once_and_given_back_once_whatever_is_killed(workspace, seed):
    chance = random.Random(seed)
    act = starting.start(Whom(workspace, state="?"), "tag", {"tag": "VIP"}, actor="user:1")
    with nursery(chance) as workers:
        for _worker in range(2):
            workers.start()
        act = under_fire(act, workers, BulkAct.Status.DONE)
        assert (act.total, act.changed, act.same) == (PEOPLE, PEOPLE, 0)
        assert ContactTag.objects.count() == PEOPLE
        assert told("tag.added") == PEOPLE
        assert starting.undo(act)
        act = under_fire(act, workers, BulkAct.Status.UNDONE)
        assert workers.kills
    assert (act.undone, act.kept, ContactTag.objects.count()) == (PEOPLE, 0, 0)
    assert told("tag.removed") == PEOPLE
    assert Contact.objects.count() == PEOPLE


def told(kind: str) -> int:
    """How many people have an event of the kind; fails where somebody has two."""
    people = Event.objects.filter(kind=kind).values_list("contact_id", flat=True)
    assert len(people) == len(set(people))
    return len(people)
