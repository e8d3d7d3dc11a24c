"""An import whose workers are killed at random points, its undo too: each row once, and then everything as it was.

MASHPECH_FAULT_ROWS says how many rows (100,000 in bin/faults), MASHPECH_FAULT_KILLS how many kills of the import, and again of
the undo. What the import should have done is asked of a twin business that got the same file in peace.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from crm.contacts.models import Contact, List
from crm.imports import planning, steering
from crm.imports.models import Import, ImportEffect
from crm.timeline.models import Event
from crm.workspaces.models import Workspace
from tests.crm.factories import ListFactory, WorkspaceFactory
from tests.crm.imports.driving import AGREED, dump, fresh, plan_of, uploaded, work
from tests.faults.workers import Nursery, nursery

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
ROWS = int(os.environ.get("MASHPECH_FAULT_ROWS", "4000"))
KILLS = int(os.environ.get("MASHPECH_FAULT_KILLS", "6" if ROWS < 50_000 else "20"))
CHUNK = max(ROWS // 100, 20)
PATIENCE = 600.0 + ROWS / 50  # seconds; only a worker that stands still is waited for so long
TITLES = ["email", "phone", "first_name", "last_name", "tags", "created_at"]
Status = Import.Status


def rows_of(count: int) -> list[list[str]]:
    """A half is known, some come twice, some cannot be read."""
    return [TITLES, *(_row(number) for number in range(count))]


def _row(number: int) -> list[str]:
    person = number - 7 if number % 11 == 0 and number > 7 else number
    email = "" if person % 10 == 3 else f"P{person}@example.test"
    phone = f"050-{person // 10000:03}-{person % 10000:04}" if person % 3 == 0 else ""
    date = "31/02/2020" if number % 97 == 5 else "3/4/2020"
    return [email, phone, f"שם {number}", "", "vip" if number % 2 else "vip, חדש", date]


def known(workspace: Workspace, count: int) -> None:
    people = [
        Contact(workspace=workspace, email=f"p{number}@example.test", first_name="קודם", values={})
        for number in range(0, count, 2)
    ]
    Contact.objects.bulk_create(people, batch_size=5000)


def business(slug: str) -> tuple[Workspace, List]:
    workspace = WorkspaceFactory(slug=slug)
    known(workspace, ROWS)
    return workspace, ListFactory(workspace=workspace, name="ניוזלטר")


def planned(workspace: Workspace, news: List) -> Import:
    importing = uploaded(workspace, rows_of(ROWS))
    return planning.accept(importing, plan_of(TITLES, lists=[news.pk], consent=AGREED), by=None)


def under_fire(
    importing: Import, workers: Nursery, end: str, *, kills: int, passed: Callable[[Import], int]
) -> tuple[Import, int]:
    """Kills the worker as the work passes random points, each time a moment later, until it has come to its end."""
    points = sorted(workers.chance.randrange(ROWS) for _kill in range(kills))
    deadline, killed = time.monotonic() + PATIENCE, 0
    while (importing := fresh(importing)).status != end:
        assert time.monotonic() < deadline, f"{importing.status} {importing.rows_done} {importing.fault}"
        assert importing.status != Status.FAILED, importing.fault
        if points and passed(importing) >= points[0]:
            points.pop(0)
            time.sleep(workers.chance.random() * 0.05)
            workers.kill_one()
            workers.start()
            killed += 1
        time.sleep(0.01)
    return importing, killed


def known_of(workspace: Workspace) -> list[Any]:
    """People without their ids, with what they belong to."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.email, c.phone, c.first_name, c.source,
                array(SELECT t.name FROM crm_contacttag g JOIN crm_tag t ON t.id = g.tag_id
                      WHERE g.contact_id = c.id ORDER BY 1),
                (SELECT count(*) FROM crm_subscription s WHERE s.contact_id = c.id AND s.status = 'joined'),
                (SELECT count(*) FROM crm_consent k WHERE k.contact_id = c.id AND k.state = 'granted'),
                (SELECT count(*) FROM crm_event e WHERE e.contact_id = c.id AND e.kind = 'contact.imported')
            FROM crm_contact c WHERE c.workspace_id = %s AND c.deleted_at IS NULL ORDER BY 1, 2, 3
            """,
            [workspace.pk],
        )
        return cursor.fetchall()


def test_an_import_killed_anywhere_applies_each_row_once_and_its_undo_brings_everything_back():
    chance = random.Random(20)
    twin, twins_news = business("twin")
    peaceful = planned(twin, twins_news)
    work()
    steering.start(peaceful, by=None)
    work()
    workspace, news = business("fired-at")
    before = dump(workspace)
    importing = planned(workspace, news)
    with nursery(chance, "imports", MASHPECH_IMPORT_CHUNK=str(CHUNK)) as workers:
        workers.start()
        importing, in_check = under_fire(
            importing, workers, Status.CHECKED, kills=max(KILLS // 4, 1), passed=lambda one: one.rows_read
        )
        steering.start(importing, by=None)
        importing, in_run = under_fire(importing, workers, Status.DONE, kills=KILLS, passed=lambda one: one.rows_done)
        peaceful = fresh(peaceful)
        assert importing.tallies["done"] == peaceful.tallies["done"] == importing.tallies["checked"]
        assert importing.effects.count() == importing.rows_read == ROWS
        assert known_of(workspace) == known_of(twin)
        assert len({row["properties__row"] for row in told(workspace)}) == len(told(workspace))
        steering.undo(importing, by=None)
        importing, in_undo = under_fire(
            importing, workers, Status.UNDONE, kills=KILLS, passed=lambda one: ROWS - one.rows_done
        )
    assert dump(workspace) == before
    undone = Event.objects.filter(workspace=workspace, kind="contact.import_undone").count()
    assert (
        undone
        == importing.effects.exclude(outcome=ImportEffect.Outcome.REFUSED).exclude(before={}, outcome="updated").count()
    )
    print(f"{ROWS:,} rows; killed {in_check} times in the check, {in_run} in the run, {in_undo} in the undo")  # noqa: T201
    assert min(in_run, in_undo) >= KILLS - 1  # the last shot may find the work done


def told(workspace: Workspace) -> list[dict[str, Any]]:
    return list(Event.objects.filter(workspace=workspace, kind="contact.imported").values("properties__row"))
