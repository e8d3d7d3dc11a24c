"""What is due now, of every mailing of every business: freeze, send, finish. Workers do this side by side."""

from __future__ import annotations

import logging
import time

from django.db import connection
from django.utils import timezone

from campaigns.mailings import planning, sending
from campaigns.mailings.models import Mailing

log = logging.getLogger(__name__)
SHARE_SECONDS = 10.0  # of one mailing before the next has its turn
DUE_SQL = """
SELECT m.id, m.status FROM campaigns_mailing m
WHERE m.status = 'freezing' OR m.status = 'sending' AND (
    EXISTS (SELECT 1 FROM campaigns_delivery d
            WHERE d.mailing_id = m.id AND d.state IN ('queued', 'deferred') AND d.next_try_at <= %(now)s)
    OR NOT m.is_automatic AND NOT EXISTS (
        SELECT 1 FROM campaigns_delivery d
        WHERE d.mailing_id = m.id AND d.state IN ('queued', 'deferred', 'claimed', 'sending')))
ORDER BY NOT m.is_automatic, m.started_at, m.id
"""


def work(*, until: float) -> bool:
    """Works until `until` on the clock of time.monotonic; says whether something was left for lack of time."""
    left = False
    for mailing_id, status in _due():
        if time.monotonic() >= until:
            return True
        try:
            left |= _turn(mailing_id, status, until)
        except Exception:  # one mailing that cannot be sent must not hold up the others
            log.exception("Mailing %s could not be worked on", mailing_id)
    return left


def _turn(mailing_id: int, status: str, until: float) -> bool:
    if status == Mailing.Status.FREEZING:
        while planning.freeze(mailing_id):
            if time.monotonic() >= until:
                return True
    seconds = max(0.0, min(SHARE_SECONDS, until - time.monotonic()))
    return sending.send(mailing_id, seconds=seconds)


def _due() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(DUE_SQL, {"now": timezone.now()})
        return list(cursor.fetchall())
