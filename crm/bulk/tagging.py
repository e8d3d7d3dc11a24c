"""Tags for many. Undo knows the very row it made, so a tag that somebody took off and gave again since stays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from crm.bulk import kinds
from crm.bulk.kinds import Done, Impossible, Kind, asked
from crm.bulk.models import BulkAct
from crm.contacts.models import ContactTag, Tag
from crm.timeline.recording import build, record_many

ADD = """
INSERT INTO crm_contacttag (workspace_id, tag_id, contact_id, created_at)
SELECT %s, %s, id, %s FROM unnest(%s::bigint[]) id ORDER BY id
ON CONFLICT DO NOTHING RETURNING contact_id, id
"""


def tag_of(act: BulkAct) -> Tag:
    tag = Tag.objects.filter(workspace_id=act.workspace_id, pk=act.params["tag"]).first()
    if tag is None:
        raise Impossible(_("The tag was deleted meanwhile."))
    return tag


def add(act: BulkAct, ids: list[int], now: datetime) -> Done:
    tag = tag_of(act)
    made = dict(asked(ADD, act.workspace_id, tag.pk, now, ids))
    _record(act, "tag.added", tag, made, now)
    return Done({pk: {"row": row} for pk, row in made.items()})


def unadd(act: BulkAct, before: dict[int, Any], now: datetime) -> set[int]:
    tag = tag_of(act)
    rows = [said["row"] for said in before.values()]
    gone = asked("DELETE FROM crm_contacttag WHERE tag_id = %s AND id = ANY(%s) RETURNING contact_id", tag.pk, rows)
    undone = {pk for (pk,) in gone}
    _record(act, "tag.removed", tag, undone, now)
    return undone


def take(act: BulkAct, ids: list[int], now: datetime) -> Done:
    tag = tag_of(act)
    rows = ContactTag.objects.filter(tag=tag, contact_id__in=ids).order_by("contact_id").select_for_update()
    had = dict(rows.values_list("contact_id", "created_at"))
    ContactTag.objects.filter(tag=tag, contact_id__in=list(had)).delete()
    _record(act, "tag.removed", tag, had, now)
    return Done({pk: {"since": since.isoformat()} for pk, since in had.items()})


def untake(act: BulkAct, before: dict[int, Any], now: datetime) -> set[int]:
    tag = tag_of(act)
    undone = {pk for pk, _row in asked(ADD, act.workspace_id, tag.pk, now, sorted(before))}
    _record(act, "tag.added", tag, undone, now)
    return undone


def _record(act: BulkAct, kind: str, tag: Tag, ids: Iterable[int], now: datetime) -> None:
    about: dict[str, Any] = {"subject": tag, "actor": act.actor, "occurred_at": now}
    record_many(build(act.workspace_id, kind, contact=pk, **about) for pk in sorted(ids))


kinds.register(BulkAct.Kind.TAG, Kind(add, unadd))
kinds.register(BulkAct.Kind.UNTAG, Kind(take, untake))
