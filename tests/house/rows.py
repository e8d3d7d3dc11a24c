"""What is in the database, in short: to say that nothing changed, or what did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, models, transaction

from crm.models import Workspace
from tests.house.worlds import tables

UNKEPT = {"django_session"}  # a browser's own state: toasts, the last business
TEXT = {"crm_user": "(to_jsonb(t) - 'last_login')::text"}  # signing in for a test is no change


def _way(model: type[models.Model]) -> str:
    """SQL that says of a row `t` of which business it is; empty where the table knows no business."""
    if model is Workspace:
        return "t.id"
    names = {each.name: each for each in model._meta.concrete_fields}
    if "workspace" in names:
        return "t.workspace_id"
    for each in names.values():
        above = each.related_model
        if isinstance(above, type) and any(other.name == "workspace" for other in above._meta.concrete_fields):
            return f"(SELECT u.workspace_id FROM {above._meta.db_table} u WHERE u.id = t.{each.column})"
    return ""


def _fingerprints(parts: Iterable[tuple[str, str]], *parameters: int) -> dict[str, str]:
    one = (
        "SELECT '{0}', count(*) || ' ' || coalesce(md5(string_agg(md5({2}), '' ORDER BY md5({2}))), '') FROM {0} t {1}"
    )
    statement = " UNION ALL ".join(one.format(table, where, TEXT.get(table, "t::text")) for table, where in parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return dict(cursor.fetchall())


def everything() -> dict[str, str]:
    """table -> how many rows and their hash, of every table but sessions."""
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names(cursor) if name not in UNKEPT]
    return _fingerprints((name, "") for name in names if not re.fullmatch(r"crm_event_.+", name))


def of(workspace: Workspace) -> dict[str, str]:
    """table -> how many rows of this business and their hash."""
    found = [(model._meta.db_table, f"WHERE {way} = %s") for model in tables() if (way := _way(model))]
    return _fingerprints(found, *[workspace.pk] * len(found))


def mentioning(workspace: Workspace, pattern: str) -> list[str]:
    """Rows of this business whose text matches the regular expression, as "table: row"."""
    found = []
    with connection.cursor() as cursor:
        for model in tables():
            if way := _way(model):
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT t::text FROM {table} t WHERE {way} = %s AND t::text ~ %s", [workspace.pk, pattern]
                )
                found += [f"{table}: {row[0]}" for row in cursor.fetchall()]
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
