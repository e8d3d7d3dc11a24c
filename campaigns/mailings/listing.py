"""Mailings as rows of a list: how far they got, counted in two statements for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from campaigns.mailings.models import Delivery, Mailing

State = Delivery.State
READERS_SQL = """
SELECT subject_id, count(DISTINCT contact_id), count(DISTINCT contact_id) FILTER (WHERE kind = 'mailing.clicked')
FROM crm_event WHERE workspace_id = %s AND kind IN ('mailing.opened', 'mailing.clicked') AND subject_id = ANY(%s)
    AND verdict <> 'robot' GROUP BY 1
"""
TONES = {
    Mailing.Status.DRAFT: ("", "pencil"),
    Mailing.Status.FREEZING: ("sea", "clock"),
    Mailing.Status.SENDING: ("sea", "clock"),
    Mailing.Status.PAUSED: ("sun", "player-pause"),
    Mailing.Status.SENT: ("sea", "send"),
    Mailing.Status.CANCELLED: ("", "ban"),
}


@dataclass(frozen=True, slots=True)
class MailingRow:
    mailing: Mailing
    accepted: int
    meant: int
    opened: int
    clicked: int


def rows_of(mailings: Sequence[Mailing]) -> list[MailingRow]:
    """`mailings` are of one business."""
    if not mailings:
        return []
    ids = [mailing.pk for mailing in mailings]
    states: dict[int, dict[str, int]] = {pk: {} for pk in ids}
    rows = Delivery.objects.filter(mailing__in=ids).values_list("mailing", "state").annotate(count=Count("pk"))
    for pk, state, count in rows.order_by():
        states[pk][state] = count
    readers = _readers(mailings[0].workspace_id, ids)
    return [_row(mailing, states[mailing.pk], readers.get(mailing.pk, (0, 0))) for mailing in mailings]


def _readers(workspace_id: int, ids: list[int]) -> dict[int, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(READERS_SQL, [workspace_id, ids])
        return {pk: (opened, clicked) for pk, opened, clicked in cursor.fetchall()}


def _row(mailing: Mailing, states: dict[str, int], readers: tuple[int, int]) -> MailingRow:
    meant = sum(states.values()) - states.get(State.SKIPPED, 0)
    return MailingRow(mailing, states.get(State.ACCEPTED, 0), meant, *readers)
