"""Many rows of one table at once, by COPY: several times as fast as `bulk_create`, with the same outcome.

Measured for 4,000 events of 22 columns: most of what `bulk_create` costs is Python that builds a statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def pour(rows: Sequence[M]) -> Sequence[M]:
    """Inserts unsaved instances of one model and gives each its id. What the database fills by itself is left to it.

    Raises IntegrityError as `bulk_create` does. No signals are sent.
    """
    if not rows:
        return rows
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.has_db_default()]
    reads = [_reader(field) for field in fields]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        _number(cursor, model, rows)
        with cursor.copy(f"COPY {connection.ops.quote_name(model._meta.db_table)} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([read(row) for read in reads])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return rows


def _number(cursor: Any, model: type[models.Model], rows: Sequence[models.Model]) -> None:
    key = model._meta.pk
    wanted = [model._meta.db_table, key.column, len(rows)]
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", wanted)
    for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
        row.pk = pk


def _reader(field: Any) -> Callable[[Any], Any]:
    """How the column's value is read from an instance, in a type that COPY can write."""
    name = field.attname
    if isinstance(field, models.JSONField):
        return lambda row: json.dumps(getattr(row, name), ensure_ascii=False)
    if isinstance(field, models.CharField | models.TextField):  # a choice is a member of an enum
        return lambda row: None if (value := getattr(row, name)) is None else str(value)
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return lambda row: field.pre_save(row, True)
    return lambda row: getattr(row, name)
