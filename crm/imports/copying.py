"""Many rows into a table at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def copy(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY ... FROM STDIN. `table` and `columns` are ours, never a user's words. Raises Django's database errors."""
    listed = list(rows)  # whoever makes them may ask the database, which is deaf during COPY
    if not listed:
        return
    statement = f"COPY {table} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as stream:
        for row in listed:
            stream.write_row(row)


def as_json(value: Any) -> str:
    """JSON as a column takes it. U+0000, which PostgreSQL cannot keep, is left out."""
    text = _encoder.encode(value)
    return text.replace("\\u0000", "") if "\\u0000" in text else text


def new_ids(table: str, count: int) -> list[int]:
    """So many ids of the table's sequence, for rows whose ids must be known before they are copied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]
