"""The statements of the ledger. Each is one round trip and one transaction of its own; the sender calls nothing else.

What makes it safe to be killed anywhere: a row is `sending` in the database before a byte of it goes out, and a row leaves
`sending` only with what the server answered. Leases run on the database's clock, the times of business come from the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.mailings.models import Delivery, Mailing
from crm.consent.mailable import granted_sql, suppressed_sql
from crm.consent.models import Channel
from crm.workspaces.models import Workspace

CLAIM = 500  # rows a worker takes at once; the rest is left to its colleagues
GROUP = 20  # rows that may be `sending` in one process: what a kill can leave uncertain
CLAIM_SECONDS = 300
SENDING_SECONDS = 180
State = Delivery.State


@dataclass(frozen=True, slots=True)
class Row:
    """A claimed delivery."""

    id: int
    contact_id: int | None
    address: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row. `next_try_at` only for `deferred`."""

    id: int
    state: str
    skip_reason: str = ""
    code: int | None = None
    text: str = ""
    failure: str = ""
    next_try_at: datetime | None = None


# MATERIALIZED, for a planner that joins by nested loops would take the waiting rows anew for each, and more than the limit.
CLAIM_SQL = """
WITH waiting AS MATERIALIZED (
    SELECT w.id FROM campaigns_delivery w JOIN campaigns_mailing m ON m.id = w.mailing_id AND m.status = 'sending'
    WHERE w.mailing_id = %(mailing)s AND w.state IN ('queued', 'deferred') AND w.next_try_at <= %(now)s
    ORDER BY w.next_try_at, w.id LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED
)
UPDATE campaigns_delivery d SET state = 'claimed', worker = %(worker)s,
    lease_until = statement_timestamp() + make_interval(secs => %(seconds)s)
FROM waiting
WHERE d.id = waiting.id RETURNING d.id, d.contact_id, d.address, d.attempts
"""


def claim(mailing_id: int, *, worker: str, now: datetime, limit: int = CLAIM) -> list[Row]:
    """Takes rows that are due, for this worker alone, until the lease runs out."""
    values = {"mailing": mailing_id, "worker": worker, "now": now, "limit": limit, "seconds": CLAIM_SECONDS}
    return sorted((Row(*row) for row in _rows(CLAIM_SQL, values)), key=lambda row: row.id)


EXCHANGE_SQL = """
WITH results AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::timestamptz[])
        AS r(id, state, skip_reason, code, words, failure, next_try_at)
), stored AS (
    UPDATE campaigns_delivery d SET state = r.state, skip_reason = r.skip_reason, reply_code = r.code, reply_text = r.words,
        failure = r.failure, next_try_at = r.next_try_at, lease_until = NULL,
        finished_at = CASE WHEN r.state IN ('accepted', 'failed', 'skipped', 'uncertain') THEN %s::timestamptz END
    FROM results r WHERE d.id = r.id AND d.worker = %s
        AND (d.state IN ('sending', 'uncertain') AND r.state <> 'skipped' OR d.state = 'claimed' AND r.state = 'skipped')
    RETURNING d.workspace_id, d.mailing_id, d.contact_id, d.state, d.failure
), events AS (
    INSERT INTO crm_event
        (workspace_id, contact_id, kind, subject_type, subject_id, subject_label, occurred_at, properties, actor)
    SELECT s.workspace_id, s.contact_id, CASE s.state WHEN 'accepted' THEN 'mailing.sent' ELSE 'mailing.bounced' END,
        'mailing', s.mailing_id, %s, %s::timestamptz,
        CASE s.state WHEN 'accepted' THEN '{{}}'::jsonb ELSE jsonb_build_object('reason', s.failure) END, 'system'
    FROM stored s WHERE s.state IN ('accepted', 'failed') AND s.contact_id IS NOT NULL
), people AS (
    SELECT d.id AS delivery_id, p.id, d.workspace_id, d.address AS email
    FROM campaigns_delivery d
    LEFT JOIN crm_contact p ON p.id = d.contact_id AND p.deleted_at IS NULL AND p.merged_into_id IS NULL
    WHERE d.id = ANY(%s::bigint[])
), judged AS (
    SELECT c.delivery_id, CASE WHEN c.id IS NULL THEN 'removed' {no_consent}
        WHEN {suppressed} THEN 'suppressed' ELSE '' END AS reason
    FROM people c
), decided AS (
    SELECT j.delivery_id, j.reason, CASE m.status WHEN 'cancelled' THEN 'cancelled' WHEN 'sending' THEN
        CASE j.reason WHEN '' THEN 'sending' ELSE 'skipped' END ELSE 'queued' END AS state
    FROM judged j, campaigns_mailing m WHERE m.id = %s
), marked AS (
    UPDATE campaigns_delivery d SET state = e.state,
        skip_reason = CASE e.state WHEN 'skipped' THEN e.reason ELSE '' END,
        attempts = d.attempts + CASE e.state WHEN 'sending' THEN 1 ELSE 0 END,
        lease_until = CASE e.state WHEN 'sending' THEN statement_timestamp() + make_interval(secs => %s) END,
        finished_at = CASE WHEN e.state IN ('skipped', 'cancelled') THEN %s::timestamptz END
    FROM decided e WHERE d.id = e.delivery_id AND d.worker = %s AND d.state = 'claimed'
    RETURNING d.id, d.state
)
SELECT id FROM marked WHERE state = 'sending'
"""


class Exchange:
    """One statement per group: keeps the results and events of the group before, and marks the next one `sending` -
    unless the mailing was paused, or the person left, withdrew or was blocked in the meantime."""

    def __init__(self, mailing: Mailing, *, worker: str) -> None:
        self.mailing, self.worker = mailing, worker
        self.sql, self._judges = _exchange_sql(mailing.workspace, mailing.purpose)

    def __call__(self, results: Sequence[Result], following: Sequence[int], *, now: datetime) -> set[int]:
        """The ids that are now `sending` and must be sent by this process, at once."""
        parameters: list[Any] = [
            *_columns(results), now, self.worker, self.mailing.name[:200], now, list(following), *self._judges,
            self.mailing.pk, SENDING_SECONDS, now, self.worker,
        ]  # fmt: skip
        return {row[0] for row in _rows(self.sql, parameters)}


def _columns(results: Sequence[Result]) -> list[list[Any]]:
    return [
        [result.id for result in results],
        [str(result.state) for result in results],
        [str(result.skip_reason) for result in results],
        [result.code for result in results],
        [result.text.replace("\0", "")[:300] for result in results],
        [str(result.failure) for result in results],
        [result.next_try_at for result in results],
    ]


def _exchange_sql(workspace: Workspace, purpose: str) -> tuple[str, list[Any]]:
    """Service mail needs no consent to mailings, but a blocked address is blocked for everything."""
    suppressed, pads = suppressed_sql(workspace, Channel.EMAIL)
    if purpose == Mailing.Purpose.SERVICE:
        return EXCHANGE_SQL.format(no_consent="", suppressed=suppressed), pads
    granted, parameters = granted_sql(Channel.EMAIL)
    no_consent = f"WHEN NOT {granted} THEN 'no_consent'"
    return EXCHANGE_SQL.format(no_consent=no_consent, suppressed=suppressed), [*parameters, *pads]


RELEASE_SQL = """
UPDATE campaigns_delivery SET state = 'queued', lease_until = NULL WHERE worker = %s AND state = 'claimed' AND mailing_id = %s
"""


def release(mailing_id: int, *, worker: str) -> None:
    """Gives back what was claimed and not begun."""
    _run(RELEASE_SQL, [worker, mailing_id])


LAPSED_CLAIMS = """
UPDATE campaigns_delivery SET state = 'queued', lease_until = NULL
WHERE state = 'claimed' AND lease_until < statement_timestamp()
"""
LAPSED_SENDING = """
UPDATE campaigns_delivery SET state = 'uncertain', lease_until = NULL, finished_at = %s
WHERE state = 'sending' AND lease_until < statement_timestamp()
"""
LEFT_OF_CANCELLED = """
UPDATE campaigns_delivery d SET state = 'cancelled', finished_at = %s
FROM campaigns_mailing m WHERE m.id = d.mailing_id AND m.status = 'cancelled' AND d.state IN ('queued', 'deferred')
"""


def settle_lapsed(*, now: datetime) -> int:
    """After a killed worker: what it had claimed is queued again, what it was sending is uncertain. How many rows moved."""
    return _run(LAPSED_CLAIMS, []) + _run(LAPSED_SENDING, [now]) + _run(LEFT_OF_CANCELLED, [now])


FINISH_SQL = """
UPDATE campaigns_mailing m SET status = 'sent', finished_at = %s, trouble = ''
WHERE m.id = %s AND m.status = 'sending' AND NOT m.is_automatic AND NOT EXISTS (
    SELECT 1 FROM campaigns_delivery d
    WHERE d.mailing_id = m.id AND d.state IN ('queued', 'claimed', 'sending', 'deferred'))
"""


def finish(mailing_id: int, *, now: datetime) -> bool:
    """A mailing is finished by counting: when no row is open; an automatic one never is. The database checks that the rows add
    up to the audience."""
    return bool(_run(FINISH_SQL, [now, mailing_id]))


COUNT_SQL = "SELECT state, count(*) FROM campaigns_delivery WHERE mailing_id = %s GROUP BY state"


def states(mailing_id: int) -> dict[str, int]:
    """How many rows are in each state, at one instant; every state is named."""
    counted = dict(_rows(COUNT_SQL, [mailing_id]))
    return {state.value: counted.get(state.value, 0) for state in State}


def _rows(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _run(sql: str, parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
