"""Indexes on the answers of filterable fields, where a business is large enough to need them.

The state is the field's (`is_filterable`) and the catalogue's; the clock makes the two agree (`settle`). An index is on exactly
the expression that the rules extract by (crm.rules.comparing), and its name says field and kind. It holds only rows that have
an answer, which only contacts of the field's own business can; "WHERE workspace_id = 7" would say the same, but of two indexes
with one predicate PostgreSQL thinks one redundant and never intersects them. It is built and dropped CONCURRENTLY, outside any
transaction, so nobody waits; one that a killed process left half built is invalid, which
the catalogue says, and is dropped and built again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, connection

from crm.contacts.models import CustomField, FieldType, IndexState
from crm.rules.comparing import number
from crm.workspaces.models import Workspace

LARGE = 20_000  # contacts; a smaller business is read faster than an index is looked up
KINDS = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "text",
    FieldType.URL: "text",
    FieldType.NUMBER: "number",
    FieldType.RATING: "number",
    FieldType.YES_NO: "value",
    FieldType.DATE: "day",
    FieldType.CHOICE: "options",
    FieldType.CHOICES: "options",
}
NUMBER = number("(\"values\"->'{key}')")
EXPRESSIONS = {
    "text": "USING gin ((\"values\"->>'{key}') gin_trgm_ops)",
    "start": "((\"values\"->>'{key}') text_pattern_ops)",  # where there is no pg_trgm: serves "starts with" alone
    "value": "((\"values\"->'{key}'))",
    "number": f"({NUMBER})",
    "day": '(("values"->>\'{key}\') COLLATE "C")',
    "options": "USING gin ((\"values\"->'{key}'))",
}
STANDING = """
SELECT i.relname, x.indisvalid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.oid = 'crm_contact'::regclass AND i.relname LIKE 'contact\\_f%'
"""


# What the planner must know to join well: how the answers lie, and that what lies there is nearly always of its type. Of a
# partial index it takes no statistics, and without any it believes that each such test keeps one row in two hundred.
FACTS = (
    'CREATE STATISTICS IF NOT EXISTS "{name}" (ndistinct) ON (("values"->>\'{key}\')), (("values"->\'{key}\')), '
    f"(jsonb_typeof(\"values\"->'{{key}}')), ({NUMBER}) FROM crm_contact"
)
KNOWN_FACTS = (
    "SELECT stxname FROM pg_statistic_ext WHERE stxrelid = 'crm_contact'::regclass AND stxname LIKE 'contact\\_f%'"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """An index that ought to be: its name and what comes after CREATE INDEX CONCURRENTLY."""

    name: str
    statement: str
    field_id: int


def settle() -> list[str]:
    """Builds what is missing, drops what is not wanted any more; returns the names it touched. Must run outside a transaction.

    One process at a time; another that comes meanwhile does nothing. A failure is written on the field and tried again by the
    next call.
    """
    with _alone() as is_alone:
        if not is_alone:
            return []
        wishes, standing = {wish.name: wish for wish in _wishes()}, _standing()
        stale = [name for name, is_valid in standing.items() if name not in wishes or not is_valid]
        for name in stale:
            _run(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')
        missing = [wish for name, wish in wishes.items() if not standing.get(name)]
        built = [wish.name for wish in missing if _build(wish)]
        if _settle_facts({wish.field_id for wish in wishes.values()}) or built:
            _run("ANALYZE crm_contact")
        _note(wishes)
        return [*stale, *built]


def _settle_facts(field_ids: set[int]) -> bool:
    """Statistics of the answers of these fields and of no others; returns whether any were made."""
    wanted = {f"contact_f{field_id}_known": f"f{field_id}" for field_id in field_ids}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_FACTS)
        known = {name for (name,) in cursor.fetchall()}
    for name in known - wanted.keys():
        _run(f'DROP STATISTICS IF EXISTS "{name}"')
    for name in sorted(wanted.keys() - known):
        _run(FACTS.format(name=name, key=wanted[name]))
    return bool(wanted.keys() - known)


def has_trigrams() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        return cursor.fetchone() is not None


def _wishes() -> Iterator[Wish]:
    trigrams, large = has_trigrams(), dict[int, bool]()
    wanted = CustomField.objects.active().filter(is_filterable=True).select_related("workspace").order_by("pk")
    for field in wanted:
        if field.workspace_id not in large:
            large[field.workspace_id] = is_large(field.workspace)
        if large[field.workspace_id] and (kind := KINDS.get(FieldType(field.type))):
            yield _wish(field, "start" if kind == "text" and not trigrams else kind)


def _wish(field: CustomField, kind: str) -> Wish:
    name = f"contact_{field.storage_key}_{kind}"
    on = EXPRESSIONS[kind].format(key=field.storage_key)
    arrow = "->>" if kind in ("text", "start", "day") else "->"
    answer = NUMBER if kind == "number" else f"(\"values\"{arrow}'{{key}}')"
    where = f"WHERE {answer.format(key=field.storage_key)} IS NOT NULL"
    return Wish(name, f'CREATE INDEX CONCURRENTLY "{name}" ON crm_contact {on} {where}', field.pk)


def is_large(workspace: Workspace) -> bool:
    return workspace.contacts.order_by("pk")[LARGE : LARGE + 1].exists()


def _build(wish: Wish) -> bool:
    CustomField.objects.filter(pk=wish.field_id).update(index_state=IndexState.WANTED)
    try:
        _run(wish.statement)
    except DatabaseError:
        CustomField.objects.filter(pk=wish.field_id).update(index_state=IndexState.FAILED)
        return False
    return True


def _note(wishes: dict[str, Wish]) -> None:
    """The fields say what stands, and nothing of what is not wanted."""
    standing = _standing()
    ready = {wish.field_id for name, wish in wishes.items() if standing.get(name)}
    CustomField.objects.filter(pk__in=ready).exclude(index_state=IndexState.READY).update(index_state=IndexState.READY)
    named = {wish.field_id for wish in wishes.values()}
    CustomField.objects.exclude(pk__in=named).exclude(index_state=IndexState.NONE).update(index_state=IndexState.NONE)


def _standing() -> dict[str, bool]:
    """Name -> whether it is valid, of the indexes that this module made."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        return dict(cursor.fetchall())


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('crm_contact field indexes'))")
        (is_alone,) = cursor.fetchone()
        try:
            yield bool(is_alone)
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('crm_contact field indexes'))")
