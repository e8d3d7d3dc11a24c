"""The clock's side: gathers the people of an act, changes them chunk by chunk, and takes the changes back when asked.

A chunk is one transaction: the people, their events, what became of each and the counts. The act's row is locked meanwhile, so
any number of workers may run this and no chunk is done twice; a worker that is killed loses its transaction and nothing else.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from crm.bulk import binning, joining, kinds, selecting, setting, tagging
from crm.bulk.kinds import Impossible
from crm.bulk.models import BulkAct, BulkRow

__all__ = ["advance", "binning", "joining", "setting", "tagging", "work", "work_on"]
log = logging.getLogger(__name__)
CHUNK = 1000
FREEZE_CHUNK = 20_000
TRIES = 5  # of a chunk that fails, before the owner is told
GATHER = (
    "INSERT INTO crm_bulkrow (workspace_id, act_id, contact_id) "
    "SELECT %s, %s, found.id FROM ({}) found ON CONFLICT DO NOTHING RETURNING contact_id"
)
MARK = """
UPDATE crm_bulkrow r SET outcome = said.outcome, before = said.before
FROM unnest(%s::bigint[], %s::text[], %s::jsonb[]) AS said(contact_id, outcome, before)
WHERE r.act_id = %s AND r.contact_id = said.contact_id
"""
Outcome, Status = BulkRow.Outcome, BulkAct.Status


def work(*, until: float) -> bool:
    """A chunk of every moving act in turn, until `until` on time.monotonic; says whether something is left."""
    while ids := list(BulkAct.objects.moving().order_by("pk").values_list("pk", flat=True)):
        moved = False
        for pk in ids:
            if time.monotonic() >= until:
                return True
            moved |= advance(pk)
        if not moved:  # others are at work on all of them
            return False
    return False


def work_on(act_id: int, *, until: float) -> None:
    """One act alone, for a request that waits for a small one."""
    while time.monotonic() < until and advance(act_id):
        continue


def advance(act_id: int) -> bool:
    """One chunk; says whether there was one to do. A fault undoes the chunk and is counted; the fifth stops the act."""
    try:
        with transaction.atomic():
            act = BulkAct.objects.select_for_update(of=("self",), skip_locked=True).select_related("workspace")
            found = act.filter(pk=act_id).first()
            if found is None or not found.is_moving:
                return False
            STEPS[found.status](found, timezone.now())
            found.failures = 0
            found.save()
            return True
    except Impossible as error:
        _fail(act_id, str(error))
    except Exception as error:  # one act that cannot go on must not hold up the others
        log.exception("Bulk act %s could not go on", act_id)
        _stumble(act_id, type(error).__name__)
    return False


def _stumble(act_id: int, words: str) -> None:
    BulkAct.objects.filter(pk=act_id).update(failures=F("failures") + 1)
    if BulkAct.objects.filter(pk=act_id, failures__gte=TRIES).exists():
        _fail(act_id, words)


def _fail(act_id: int, words: str) -> None:
    moving = BulkAct.objects.moving().filter(pk=act_id)
    moving.update(status=Status.FAILED, trouble=words[:200], finished_at=timezone.now())


def _freeze(act: BulkAct, now: datetime) -> None:
    """The next people of the search become rows of the act; when there are no more, it begins."""
    people = selecting.people_of(act).filter(pk__gt=act.frozen_to, pk__lte=act.frozen_until)
    ids = _gathered(act, people.order_by("id").values("id")[:FREEZE_CHUNK])
    act.total += len(ids)
    if ids:
        act.frozen_to = max(ids)
    if len(ids) < FREEZE_CHUNK:
        act.status = Status.RUNNING


def _gathered(act: BulkAct, people: QuerySet[Any, Any]) -> list[int]:
    """Without passing the ids through this process on their way in."""
    try:
        sql, params = people.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(GATHER.format(sql), [act.workspace_id, act.pk, *params])
        return [pk for (pk,) in cursor.fetchall()]


def _apply(act: BulkAct, now: datetime) -> None:
    waiting = act.rows.filter(outcome=Outcome.WAITING).order_by("contact_id")
    ids = list(waiting.values_list("contact_id", flat=True)[:CHUNK])
    if not ids:
        _finish(act, Status.DONE, now)
        return
    here = set(kinds.reachable(act, ids).values_list("pk", flat=True))
    done = kinds.get(act.kind).apply(act, [pk for pk in ids if pk in here], now)
    outcomes: dict[int, tuple[str, Any]] = {}
    for pk in ids:
        if pk in done.changed:
            outcomes[pk] = (Outcome.CHANGED, done.changed[pk])
        elif pk in done.refused:
            outcomes[pk] = (Outcome.REFUSED, None)
        else:
            outcomes[pk] = (Outcome.SAME if pk in here else Outcome.GONE, None)
    _mark(act, outcomes)
    if len(ids) < CHUNK:
        _finish(act, Status.DONE, now)


def _undo(act: BulkAct, now: datetime) -> None:
    rows = act.rows.filter(outcome=Outcome.CHANGED).order_by("contact_id")
    before = dict(rows.values_list("contact_id", "before")[:CHUNK])
    if not before:
        _finish(act, Status.UNDONE, now)
        return
    undone = kinds.get(act.kind).undo(act, before, now)
    _mark(act, {pk: (Outcome.UNDONE if pk in undone else Outcome.KEPT, said) for pk, said in before.items()})
    if len(before) < CHUNK:
        _finish(act, Status.UNDONE, now)


def _mark(act: BulkAct, outcomes: dict[int, tuple[str, Any]]) -> None:
    """What became of each, and the counts of the act. `changed` goes on saying how many the act changed."""
    said = [None if before is None else json.dumps(before) for _outcome, before in outcomes.values()]
    with connection.cursor() as cursor:
        cursor.execute(MARK, [list(outcomes), [str(outcome) for outcome, _before in outcomes.values()], said, act.pk])
    for outcome, _before in outcomes.values():
        setattr(act, str(outcome), getattr(act, str(outcome)) + 1)


def _finish(act: BulkAct, status: str, now: datetime) -> None:
    act.status, act.finished_at, act.trouble, act.seen_at = status, now, "", None


STEPS: dict[str, Callable[[BulkAct, datetime], None]] = {
    Status.WAITING: _freeze,
    Status.RUNNING: _apply,
    Status.UNDOING: _undo,
}
