"""The file -> rows in the database, in chunks. Cut off anywhere, it goes on after the last row that was kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.imports.cleaning import Cleaner
from crm.imports.copying import as_json, copy
from crm.imports.layouts import Layout, Row
from crm.imports.leasing import holding
from crm.imports.models import Import
from crm.imports.reading import open_table
from crm.imports.storing import Parts, open_file

CHUNK = 5000
MOST_ROWS = 1_000_000
COLUMNS = "import_id, number, line, cells, said, email, phone, match, reasons, refused, again"


def stage(importing: Import, *, until: float) -> bool:
    """Reads until the end of the file, or of the time; says whether the end was reached.

    Raises ValidationError for a file that cannot be read on, and for one of too many rows.
    """
    source = open_file(importing)
    table = open_table(source, Layout.of(importing.shape))
    rows = iter(table)
    cleaner = Cleaner(importing.workspace, importing.plan)
    read = importing.rows_read
    _skip(rows, read)
    while time.monotonic() < until:
        chunk = list(islice(rows, CHUNK))
        if read + len(chunk) > MOST_ROWS:
            raise ValidationError(_too_many(), code="rows")
        with holding(importing) as fresh:
            copy("crm_importrow", COLUMNS, _staged(importing.pk, read, chunk, cleaner))
            read += len(chunk)
            fresh.rows_read, fresh.share_read = read, _share(source)
            if len(chunk) < CHUNK:
                _demand_rows(read)
                fresh.read_at = timezone.now()
                mark_again(fresh)
            fresh.save(update_fields=["rows_read", "share_read", "read_at"])
        importing.rows_read, importing.read_at = fresh.rows_read, fresh.read_at
        if importing.read_at:
            return True
    return False


def _demand_rows(read: int) -> None:
    if not read:
        raise ValidationError(_("The file has titles and not one row."), code="empty")


def _too_many() -> str:
    return _("The file has more than %(limit)s rows. Split it into two.") % {"limit": f"{MOST_ROWS:,}"}


def _skip(rows: Iterator[Row], count: int) -> None:
    next(islice(rows, count, count), None)


def _share(source: Any) -> float:
    raw = getattr(source, "raw", None)
    return raw.share if isinstance(raw, Parts) else 0


def _staged(import_id: int, read: int, chunk: list[Row], cleaner: Cleaner) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(chunk, read + 1):
        found = cleaner(row.cells)
        reasons = found.reasons + [{"column": None, "code": code} for code in row.warnings]
        said = {} if found.refused else found.said
        yield (
            import_id, number, row.number, as_json(row.cells), as_json(said), said.get("email"), said.get("phone"),
            None if found.refused else found.match, as_json(reasons) if reasons else "[]", found.refused, False,
        )  # fmt: skip


AGAIN_SQL = """
WITH mine AS (
    SELECT number, email, phone, match FROM crm_importrow WHERE import_id = %(import)s AND NOT refused
), people AS (
    SELECT m.number, c.id FROM mine m JOIN crm_contact c
        ON c.workspace_id = %(workspace)s AND c.email = m.email AND c.email IS NOT NULL AND c.merged_into_id IS NULL
    UNION
    SELECT m.number, c.id FROM mine m JOIN crm_contact c
        ON c.workspace_id = %(workspace)s AND c.phone = m.phone AND c.phone IS NOT NULL AND c.merged_into_id IS NULL
    UNION
    SELECT m.number, c.id FROM mine m JOIN crm_contact c
        ON c.workspace_id = %(workspace)s AND (c.values -> %(field)s)::text = m.match AND c.merged_into_id IS NULL
    WHERE %(field)s <> ''
), shared AS (
    SELECT unnest(array_agg(number)) AS number FROM people GROUP BY id HAVING count(*) > 1
    UNION ALL SELECT unnest(array_agg(number)) FROM mine WHERE email IS NOT NULL GROUP BY email HAVING count(*) > 1
    UNION ALL SELECT unnest(array_agg(number)) FROM mine WHERE phone IS NOT NULL GROUP BY phone HAVING count(*) > 1
    UNION ALL SELECT unnest(array_agg(number)) FROM mine WHERE match IS NOT NULL GROUP BY match HAVING count(*) > 1
)
UPDATE crm_importrow r SET again = TRUE
WHERE r.import_id = %(import)s AND NOT r.again AND r.number IN (SELECT number FROM shared)
"""


def mark_again(importing: Import) -> None:
    """Marks rows that may be about one person: they share an address, or lead to one contact. Only of these must the dry run
    remember what the rows before did."""
    field = importing.plan["match"][0] if importing.plan["match"][0] not in ("email", "phone") else ""
    with connection.cursor() as cursor:
        values = {"import": importing.pk, "workspace": importing.workspace_id, "field": field}
        cursor.execute(AGAIN_SQL, values)
