"""Segments of a million: counting a rule and showing its first page, against the same rule by hand over real columns; working
everybody out; and how soon a change arrives.

The columns lie in a table of their own, as wide as a contact is, with the indexes a careful hand would give it. Both sides ask
the same tables of tags and events.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from config.bench.measuring import Measured, Row, Scale, in_turn, milliseconds, once, ratio, seconds
from config.bench.people import Large, populate
from crm.contacts import editing, indexing
from crm.contacts.models import Contact, CustomField
from crm.rules.grammar import clean
from crm.segments import following, matching, refreshing, saving
from crm.segments.models import Segment
from crm.timeline.models import EventCursor

GOAL = {"ratio_to_columns": 2.0, "rebuild_to_count": 10.0, "seconds_to_follow": 5.0}
PAGE = 50
COLUMNS = """
DROP TABLE IF EXISTS bench_columns;
CREATE TABLE bench_columns AS
SELECT id, workspace_id, email, phone, first_name, last_name, source, created_at, updated_at, deleted_at, merged_into_id,
       "values"->>'{city}' AS city, ("values"->>'{spent}')::int AS spent, ("values"->>'{visit}')::date AS visit
FROM crm_contact WHERE workspace_id = {workspace};
ALTER TABLE bench_columns ADD PRIMARY KEY (id);
CREATE INDEX ON bench_columns USING gin (city gin_trgm_ops);
CREATE INDEX ON bench_columns (spent);
CREATE INDEX ON bench_columns (visit);
CREATE INDEX ON bench_columns (workspace_id, created_at DESC, id DESC);
"""
ALIVE = (
    "FROM bench_columns c WHERE c.workspace_id = {workspace} AND c.deleted_at IS NULL AND c.merged_into_id IS NULL AND "
)
TAGGED = "EXISTS (SELECT 1 FROM crm_contacttag x WHERE x.contact_id = c.id AND x.tag_id = {tag})"
CLICKED = (
    "EXISTS (SELECT 1 FROM crm_event e WHERE e.contact_id = c.id AND e.workspace_id = {workspace} "
    "AND e.kind = 'mailing.clicked' AND e.verdict <> 'robot' AND e.occurred_at >= '{month_ago}' AND e.occurred_at <= '{now}')"
)


def run(scale: Scale) -> Measured:
    large = populate(scale)
    _index(large)
    words = _words(large)
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS.format(**words))
        cursor.execute("VACUUM ANALYZE bench_columns")
    try:
        return _measure(large, words)
    finally:
        Segment.objects.filter(workspace=large.workspace, name__startswith="bench").delete()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_columns")


def _index(large: Large) -> None:
    CustomField.objects.filter(pk__in=[large.city.pk, large.spent.pk, large.visit.pk]).update(is_filterable=True)
    indexing.settle()


def _words(large: Large) -> dict[str, Any]:
    now = timezone.now()
    midnight = now.astimezone(large.workspace.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight.date()
    return {
        "city": large.city.storage_key,
        "spent": large.spent.storage_key,
        "visit": large.visit.storage_key,
        "workspace": large.workspace.pk,
        "tag": large.vip.pk,
        "now": now.isoformat(),
        "month_ago": (midnight - timedelta(days=30)).isoformat(),
        "from_day": today - timedelta(days=60),
        "today": today,
    }


def _rules(large: Large, words: dict[str, Any]) -> dict[str, tuple[list[dict[str, Any]], str]]:
    """Name -> (conditions, the same over columns)."""
    city = {"field": words["city"], "op": "contains", "value": "אביב"}
    spent = {"field": words["spent"], "op": "between", "value": [1000, 1999]}
    visit = {"field": words["visit"], "op": "last", "value": 60}
    clicked, tagged = {"event": "mailing.clicked", "within_days": 30}, {"tag": large.vip.name}
    ref = {
        "city": "c.city LIKE '%%אביב%%'",
        "spent": "c.spent BETWEEN 1000 AND 1999",
        "visit": "c.visit BETWEEN '{from_day}' AND '{today}'",
        "tag": TAGGED,
        "did": CLICKED,
    }
    return {
        "word, range, window": ([city, spent, visit], " AND ".join((ref["city"], ref["spent"], ref["visit"]))),
        "word, tag, did": ([city, tagged, clicked], " AND ".join((ref["city"], ref["tag"], ref["did"]))),
        "range, window, did": ([spent, visit, clicked], " AND ".join((ref["spent"], ref["visit"], ref["did"]))),
        "range, tag, window": ([spent, tagged, visit], " AND ".join((ref["spent"], ref["tag"], ref["visit"]))),
    }


def _measure(large: Large, words: dict[str, Any]) -> Measured:
    rows: list[Row] = [("rule", "people", "what", "ours", "columns", "ratio")]
    worst = 0.0
    for name, (conditions, by_hand) in _rules(large, words).items():
        rule = clean({"all": conditions}, large.workspace)
        for what, ours, theirs in _calls(large, rule, by_hand.format(**words), words):
            mine, reference = in_turn(ours, theirs, times=5)
            worst = max(worst, ratio(mine, reference))
            people = f"{matching.count(large.workspace, rule):,}"
            rows.append((name, people, what, milliseconds(mine), milliseconds(reference), f"{ratio(mine, reference)}"))
    figures = {"ratio_to_columns": worst}
    figures |= _rebuilding(large, words, rows)
    figures["seconds_to_follow"] = _following(large, rows)
    return Measured(figures, rows)


def _calls(
    large: Large, rule: Any, by_hand: str, words: dict[str, Any]
) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    alive = ALIVE.format(**words).replace("%%", "%") + by_hand.replace("%%", "%")
    count, page = f"SELECT count(*) {alive}", f"SELECT c.* {alive} ORDER BY c.created_at DESC, c.id DESC LIMIT {PAGE}"
    people = matching.contacts(large.workspace, rule).order_by("-created_at", "-id")
    assert matching.count(large.workspace, rule) == _fetch(count)[0][0], json.dumps(rule)
    return [
        ("count", lambda: matching.count(large.workspace, rule), lambda: _fetch(count)),
        ("page", lambda: list(people[:PAGE]), lambda: _fetch(page)),
    ]


def _fetch(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _rebuilding(large: Large, words: dict[str, Any], rows: list[Row]) -> dict[str, float]:
    """A segment that half of everybody is in: filled the first time, and worked out again when it is right already."""
    rule = {"all": [{"field": words["spent"], "op": ">=", "value": 2500}]}
    segment = saving.save_segment(large.workspace, name="bench half", rule=rule)
    counting = seconds(lambda: matching.count(large.workspace, segment.rule))
    filled = once(lambda: refreshing.refresh(segment))
    segment.refresh_from_db()
    again = seconds(lambda: refreshing.refresh(segment), times=3)
    rows.append((f"half of all ({segment.size:,})", f"{segment.size:,}", "count", milliseconds(counting), "-", "1"))
    rows.append(("", "", "first fill", milliseconds(filled), "-", f"{ratio(filled, counting)} x count"))
    rows.append(("", "", "rebuild", milliseconds(again), "-", f"{ratio(again, counting)} x count"))
    return {"rebuild_to_count": ratio(again, counting), "fill_to_count": ratio(filled, counting)}


def _following(large: Large, rows: list[Row]) -> float:
    """One contact changes: how long the log's reader takes until the segments are right, with twenty of them."""
    number = large.spent.storage_key
    for position in range(20):
        rule = {"all": [{"field": number, "op": ">=", "value": 100 * position}, {"tag": large.vip.name}]}
        refreshing.refresh(saving.save_segment(large.workspace, name=f"bench {position}", rule=rule))
    _skip_the_past()
    person = Contact.objects.filter(workspace=large.workspace, pk=large.heavy).select_related("workspace").get()
    took = []
    for value in (4999, 1, 4999):
        editing.edit(person, changes={number: value}, actor="system")
        took.append(once(following.follow))
    worst = max(took)
    rows.append(("a change, twenty segments", "1", "follow", milliseconds(worst), "-", ""))
    return round(worst, 2)


def _skip_the_past() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1")
        (xid,) = cursor.fetchone()
    EventCursor.objects.update_or_create(name=following.CURSOR, defaults={"xid": xid, "event_id": 2**62})
