"""Lists for many. Who left a list is never put back by an act over many: they are counted as left out, by name on the act's
page, and a member may add each by hand from the card."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from crm.bulk import kinds
from crm.bulk.kinds import Done, Impossible, Kind, asked
from crm.bulk.models import BulkAct
from crm.contacts.models import List, Subscription
from crm.timeline.recording import build, record_many

SOURCE = "bulk"
JOIN = """
INSERT INTO crm_subscription (workspace_id, list_id, contact_id, status, joined_at)
SELECT %s, %s, id, 'joined', %s FROM unnest(%s::bigint[]) id ORDER BY id
ON CONFLICT DO NOTHING RETURNING contact_id, id
"""
# who withdrew or left meanwhile has another status or another time, and stays
UNJOIN = """
DELETE FROM crm_subscription s USING unnest(%s::bigint[]) row
WHERE s.id = row AND s.list_id = %s AND s.status = 'joined' RETURNING s.contact_id
"""
LEAVE = """
UPDATE crm_subscription s SET status = 'left', left_at = %s FROM (
    SELECT id, joined_at FROM crm_subscription
    WHERE list_id = %s AND contact_id = ANY(%s) AND status = 'joined' ORDER BY contact_id FOR NO KEY UPDATE
) old WHERE s.id = old.id RETURNING s.contact_id, old.joined_at
"""
# asked to be written to no more since: an undo of ours is no reason to put them back
UNLEAVE = """
UPDATE crm_subscription s SET status = 'joined', left_at = NULL FROM (
    SELECT id FROM crm_subscription s, unnest(%s::bigint[], %s::timestamptz[]) AS said(contact_id, left_at)
    WHERE s.list_id = %s AND s.contact_id = said.contact_id AND s.status = 'left' AND s.left_at = said.left_at
      AND NOT EXISTS (SELECT 1 FROM crm_consent k WHERE k.contact_id = s.contact_id AND k.is_current
                      AND k.state = 'withdrawn' AND k.created_at >= said.left_at)
    ORDER BY s.contact_id FOR NO KEY UPDATE OF s
) old WHERE s.id = old.id RETURNING s.contact_id
"""


def list_of(act: BulkAct) -> List:
    row = List.objects.filter(workspace_id=act.workspace_id, pk=act.params["list"], deleted_at=None).first()
    if row is None:
        raise Impossible(_("The list was deleted meanwhile."))
    return row


def join(act: BulkAct, ids: list[int], now: datetime) -> Done:
    row = list_of(act)
    made = dict(asked(JOIN, act.workspace_id, row.pk, now, ids))
    left = Subscription.objects.filter(list=row, contact_id__in=ids, status=Subscription.Status.LEFT)
    _record(act, "list.joined", row, made, now)
    return Done({pk: {"row": made[pk]} for pk in made}, refused=set(left.values_list("contact_id", flat=True)))


def unjoin(act: BulkAct, before: dict[int, Any], now: datetime) -> set[int]:
    row = list_of(act)
    undone = {pk for (pk,) in asked(UNJOIN, [said["row"] for said in before.values()], row.pk)}
    _record(act, "list.left", row, undone, now)
    return undone


def leave(act: BulkAct, ids: list[int], now: datetime) -> Done:
    row = list_of(act)
    left = dict(asked(LEAVE, now, row.pk, ids))
    _record(act, "list.left", row, left, now)
    return Done({pk: {"left": now.isoformat()} for pk in left})


def unleave(act: BulkAct, before: dict[int, Any], now: datetime) -> set[int]:
    row = list_of(act)
    ids, times = list(before), [said["left"] for said in before.values()]
    undone = {pk for (pk,) in asked(UNLEAVE, ids, times, row.pk)}
    _record(act, "list.joined", row, undone, now)
    return undone


def _record(act: BulkAct, kind: str, row: List, ids: Iterable[int], now: datetime) -> None:
    about: dict[str, Any] = {"subject": row, "actor": act.actor, "source": SOURCE, "occurred_at": now}
    record_many(build(act.workspace_id, kind, contact=pk, **about) for pk in sorted(ids))


kinds.register(BulkAct.Kind.JOIN, Kind(join, unjoin))
kinds.register(BulkAct.Kind.LEAVE, Kind(leave, unleave))
