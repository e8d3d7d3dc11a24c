"""The dry run: every row is decided as the import would decide it, and nothing is written but the counts.

What a row finds is what the rows before it would have left. Only of people who come again in the file is that remembered.
"""

from __future__ import annotations

from django.db import transaction

from crm.imports.deciding import Policies, decide
from crm.imports.leasing import holding
from crm.imports.models import Import, ImportEffect
from crm.imports.tallying import Tally
from crm.imports.world import Staged, World, staged

CHUNK = 5000


def check(importing: Import) -> None:
    """From the first row to the last: a dry run that was cut off begins anew. The import is `checked` at its end."""
    policies, tally, kept = Policies.from_plan(importing), Tally(), World(importing, [], lock=False)
    seen = 0
    while rows := staged(importing, after=seen, limit=CHUNK):
        with transaction.atomic():
            _compare(importing, rows, policies, tally, kept)
        seen = rows[-1].number
        with holding(importing) as fresh:
            fresh.rows_checked = seen
            fresh.save(update_fields=["rows_checked"])
    with holding(importing) as fresh:
        fresh.tallies = {"checked": tally.as_json()}
        fresh.status = Import.Status.CHECKED
        fresh.save(update_fields=["tallies", "status"])


def _compare(importing: Import, rows: list[Staged], policies: Policies, tally: Tally, kept: World) -> None:
    world = World(importing, [one.row for one in rows if not one.refused], lock=False, kept=kept)
    again = {}
    for one in rows:
        if one.refused:
            tally.count(ImportEffect.Outcome.REFUSED, one.number, reasons=one.reasons)
            continue
        decision = decide(one.row, world, policies)
        tally.count(decision.outcome, one.number, decision.notes, one.reasons + decision.reasons)
        if one.row.again and decision.person is not None:
            again[id(decision.person)] = decision.person
    kept.keep(world, again.values())
