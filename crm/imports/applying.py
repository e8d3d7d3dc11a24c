"""The import itself: chunk after chunk, each one transaction that ends with the watermark moved, so each row counts once.

A chunk that meets somebody else's new row, or waits in a ring with a capture, is simply taken again. One that fails otherwise is
halved until the row at fault stands alone; that row is refused and the rest goes on.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts.locking import is_contention
from crm.imports.copying import as_json, copy
from crm.imports.deciding import Decision, Policies, decide
from crm.imports.leasing import Lost, holding
from crm.imports.models import Import, ImportEffect
from crm.imports.tallying import Tally
from crm.imports.world import Staged, World, staged
from crm.imports.writing import Writer

CHUNK = 2000
PATIENCE = 5  # times that contention is answered by trying again as it is
log = logging.getLogger(__name__)
TURNS_SQL = "SELECT pg_advisory_xact_lock(hashtextextended('imports of ' || %s::text, 0))"
EFFECTS = "workspace_id, import_id, number, contact_id, outcome, reasons, before, undone"


def run(importing: Import, *, until: float) -> bool:
    """Applies rows until the end, or of the time; says whether the end was reached. Raises ValidationError where the plan
    speaks of what is gone."""
    policies, size, tries = Policies.from_plan(importing), CHUNK, 0
    while time.monotonic() < until:
        try:
            if _chunk(importing, policies, size):
                return True
            size, tries = min(size * 2, CHUNK), 0
        except (ValidationError, Lost):
            raise
        except Exception as error:
            if is_contention(error) and tries < PATIENCE:
                tries += 1
                time.sleep(0.05 * tries)
            elif isinstance(error, OperationalError):  # the server is at fault, not a row
                raise
            elif size > 1:
                size = max(size // 8, 1)
            else:
                log.exception("A row of import %s could not be stored", importing.pk)
                _refuse(importing)
    return False


def _chunk(importing: Import, policies: Policies, size: int) -> bool:
    """One transaction. True when there is nothing more to apply."""
    with holding(importing) as fresh:
        with connection.cursor() as cursor:
            cursor.execute(TURNS_SQL, [fresh.workspace_id])  # two imports of one business take turns
        demand_plan(fresh)
        rows = staged(fresh, after=fresh.rows_done, limit=size)
        if rows:
            _apply(fresh, rows, policies)
            fresh.rows_done = rows[-1].number
        if len(rows) < size:
            fresh.status, fresh.finished_at = Import.Status.DONE, timezone.now()
        fresh.save(update_fields=["rows_done", "status", "finished_at", "tallies"])
    importing.rows_done = fresh.rows_done
    return fresh.status == Import.Status.DONE


def demand_plan(importing: Import) -> None:
    """The fields and lists are as they were when the plan was made. Raises ValidationError."""
    workspace, plan = importing.workspace, importing.plan
    lists = plan["lists"]
    if workspace.lists.filter(pk__in=lists, deleted_at=None).count() < len(lists):
        raise ValidationError(_("A list of this import was deleted meanwhile."), code="changed")
    types = {field.storage_key: field.type for field in workspace.custom_fields.active()}
    if any(types.get(key) != kind for key, kind in plan.get("types", {}).items()):
        raise ValidationError(_("A field of this import was archived or changed meanwhile."), code="changed")


def _apply(importing: Import, rows: list[Staged], policies: Policies) -> None:
    world = World(importing, [one.row for one in rows if not one.refused], lock=True)
    tally = Tally(importing.tallies.get("done"))
    decisions: list[Decision] = []
    for one in rows:
        if one.refused:
            decision = Decision(one.number, ImportEffect.Outcome.REFUSED)
        else:
            decision = decide(one.row, world, policies)
        decision.reasons = one.reasons + decision.reasons
        decisions.append(decision)
        tally.count(decision.outcome, one.number, decision.notes, decision.reasons)
    befores = Writer(importing, world).write(decisions)
    copy("crm_importeffect", EFFECTS, (_effect(importing, one, befores) for one in decisions))
    importing.tallies["done"] = tally.as_json()


def _effect(importing: Import, decision: Decision, befores: dict[int, dict[str, Any]]) -> tuple[Any, ...]:
    before, reasons = befores.get(decision.number), decision.reasons
    return (
        importing.workspace_id, importing.pk, decision.number, decision.person.id if decision.person else None,
        str(decision.outcome), as_json(reasons) if reasons else "[]", as_json(before) if before else "{}", "",
    )  # fmt: skip


def _refuse(importing: Import) -> None:
    """The next row alone, without being applied: the database would not take it."""
    with holding(importing) as fresh:
        rows = staged(fresh, after=fresh.rows_done, limit=1)
        decision = Decision(rows[0].number, ImportEffect.Outcome.REFUSED, reasons=[{"column": None, "code": "fault"}])
        copy("crm_importeffect", EFFECTS, [_effect(fresh, decision, {})])
        tally = Tally(fresh.tallies.get("done"))
        tally.count(decision.outcome, decision.number, reasons=decision.reasons)
        fresh.tallies["done"], fresh.rows_done = tally.as_json(), decision.number
        fresh.save(update_fields=["rows_done", "tallies"])
    importing.rows_done = fresh.rows_done
