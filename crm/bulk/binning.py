"""Many to the bin and out of it. Lists, tags and consent of a binned person stay as they are, as when one is binned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crm.bulk import kinds
from crm.bulk.kinds import Done, Kind, asked
from crm.bulk.models import BulkAct
from crm.timeline.recording import build, record_many

BIN = """
UPDATE crm_contact c SET deleted_at = %s, updated_at = %s FROM (
    SELECT id FROM crm_contact WHERE workspace_id = %s AND id = ANY(%s) AND deleted_at IS NULL AND merged_into_id IS NULL
    ORDER BY id FOR NO KEY UPDATE
) old WHERE c.id = old.id RETURNING c.id
"""
UNBIN = """
UPDATE crm_contact c SET deleted_at = NULL, updated_at = %s FROM (
    SELECT id, deleted_at FROM crm_contact c, unnest(%s::bigint[], %s::timestamptz[]) AS said(contact_id, binned_at)
    WHERE c.workspace_id = %s AND c.id = said.contact_id AND c.deleted_at IS NOT NULL AND c.merged_into_id IS NULL
      AND (said.binned_at IS NULL OR c.deleted_at = said.binned_at)
    ORDER BY c.id FOR NO KEY UPDATE OF c
) old WHERE c.id = old.id RETURNING c.id, old.deleted_at
"""
# only who was not touched since: somebody who came back to life by a form or an edit is not deleted by an undo
REBIN = """
UPDATE crm_contact c SET deleted_at = old.binned_at, updated_at = %s FROM (
    SELECT id, said.binned_at
    FROM crm_contact c, unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS said(contact_id, binned_at, at)
    WHERE c.workspace_id = %s AND c.id = said.contact_id AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
      AND c.updated_at = said.at
    ORDER BY c.id FOR NO KEY UPDATE OF c
) old WHERE c.id = old.id RETURNING c.id
"""


def delete(act: BulkAct, ids: list[int], now: datetime) -> Done:
    binned = [pk for (pk,) in asked(BIN, now, now, act.workspace_id, ids)]
    _record(act, "contact.binned", binned, now)
    return Done({pk: {"at": now.isoformat()} for pk in binned})


def undelete(act: BulkAct, before: dict[int, Any], now: datetime) -> set[int]:
    ids, times = list(before), [said["at"] for said in before.values()]
    back = {pk for pk, _since in asked(UNBIN, now, ids, times, act.workspace_id)}
    _record(act, "contact.restored", back, now)
    return back


def restore(act: BulkAct, ids: list[int], now: datetime) -> Done:
    back = dict(asked(UNBIN, now, ids, [None] * len(ids), act.workspace_id))
    _record(act, "contact.restored", back, now)
    return Done({pk: {"binned": since.isoformat(), "at": now.isoformat()} for pk, since in back.items()})


def unrestore(act: BulkAct, before: dict[int, Any], now: datetime) -> set[int]:
    said = list(before.values())
    times = [one["binned"] for one in said], [one["at"] for one in said]
    binned = {pk for (pk,) in asked(REBIN, now, list(before), *times, act.workspace_id)}
    _record(act, "contact.binned", binned, now)
    return binned


def _record(act: BulkAct, kind: str, ids: Iterable[int], now: datetime) -> None:
    about: dict[str, Any] = {"actor": act.actor, "occurred_at": now}
    record_many(build(act.workspace_id, kind, contact=pk, **about) for pk in sorted(ids))


kinds.register(BulkAct.Kind.DELETE, Kind(delete, undelete))
kinds.register(BulkAct.Kind.RESTORE, Kind(restore, unrestore, takes_binned=True))
