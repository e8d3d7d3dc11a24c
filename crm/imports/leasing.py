"""Who works on what. A lease keeps a second worker from doing the same in vain; that each row counts once is up to the watermarks.

The worker's name is new with every claim, so that one whose lease was lost, and taken over, sees it at its next chunk.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from crm.imports.locking import locked
from crm.imports.models import Import

LEASE_SECONDS = 60.0
CLAIM_SQL = """
UPDATE crm_import SET worker = %s, lease_until = statement_timestamp() + make_interval(secs => %s)
WHERE id = (
    SELECT id FROM crm_import
    WHERE status IN ('checking', 'running', 'undoing') AND (lease_until IS NULL OR lease_until < statement_timestamp())
    ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
RENEW_SQL = """
UPDATE crm_import SET lease_until = statement_timestamp() + make_interval(secs => %s) WHERE id = %s AND worker = %s
"""
RELEASE_SQL = "UPDATE crm_import SET lease_until = NULL, worker = '' WHERE id = %s AND worker = %s"


class Lost(Exception):
    """The import was stopped, planned anew or taken over: what was begun is of no use."""


def claim() -> Import | None:
    """The import that waits longest, for this worker alone."""
    name = secrets.token_hex(8)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_SQL, [name, LEASE_SECONDS])
        found = cursor.fetchone()
    return Import.objects.select_related("workspace", "created_by").get(pk=found[0]) if found else None


def release(importing: Import) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RELEASE_SQL, [importing.pk, importing.worker])


@contextmanager
def holding(importing: Import) -> Iterator[Import]:
    """One chunk: a transaction over the import as it is now, and a longer lease. Raises Lost when it is ours no more."""
    with transaction.atomic():
        fresh = locked(importing)
        if fresh.worker != importing.worker or fresh.status != importing.status:
            raise Lost
        yield fresh
        with connection.cursor() as cursor:
            cursor.execute(RENEW_SQL, [LEASE_SECONDS, importing.pk, importing.worker])
