"""Undoing an import: from its last row to its first, each once, in chunks as it was applied.

What was edited since stays: a value goes back only where it still is what the import wrote. People the import made go to the
bin, unless something happened to them since. The ledger and the timeline are never rewritten: they gain rows that say so.
"""

from __future__ import annotations

import time

from django.db import connection
from django.utils import timezone

from crm.contacts.locking import is_contention
from crm.imports.leasing import Lost, holding
from crm.imports.models import Import, ImportEffect
from crm.imports.restoring import Restorer
from crm.imports.tallying import Tally

CHUNK = 2000
PATIENCE = 20
TURNS_SQL = "SELECT pg_advisory_xact_lock(hashtextextended('imports of ' || %s::text, 0))"
Undone = ImportEffect.Undone


def run(importing: Import, *, until: float) -> bool:
    """Goes back until the first row, or the end of the time; says whether the first row was reached."""
    tries = 0
    while time.monotonic() < until:
        try:
            if _chunk(importing):
                return True
            tries = 0
        except Lost:
            raise
        except Exception as error:
            tries += 1
            if not is_contention(error) or tries > PATIENCE:
                raise
            time.sleep(0.05 * tries)
    return False


def _chunk(importing: Import) -> bool:
    with holding(importing) as fresh:
        with connection.cursor() as cursor:
            cursor.execute(TURNS_SQL, [fresh.workspace_id])
        effects = list(fresh.effects.filter(number__lte=fresh.rows_done).order_by("-number")[:CHUNK])
        if effects:
            _undo(fresh, effects)
            fresh.rows_done = effects[-1].number - 1
        if len(effects) < CHUNK:
            fresh.status, fresh.undone_at = Import.Status.UNDONE, timezone.now()
            fresh.rows_done = 0
        fresh.save(update_fields=["rows_done", "status", "undone_at", "tallies"])
    return fresh.status == Import.Status.UNDONE


def _undo(importing: Import, effects: list[ImportEffect]) -> None:
    found: dict[int, str] = Restorer(importing).restore(effects)
    tally = Tally(importing.tallies.get("undone"))
    marked: dict[str, list[int]] = {}
    for effect in effects:
        undone = found.get(effect.number, Undone.NOTHING)
        tally.count(undone, effect.number)
        marked.setdefault(undone, []).append(effect.number)
    importing.tallies["undone"] = tally.as_json()
    for undone in (Undone.KEPT, Undone.PARTLY):  # the rest is known by its absence
        if marked.get(undone):
            importing.effects.filter(number__in=marked[undone]).update(undone=undone)
