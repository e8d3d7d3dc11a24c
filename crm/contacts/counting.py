"""How many people there are, exactly and at once, in a business of any size.

Triggers write what every statement changed (crm/migrations/0030), so a count is a sum of a few rows that belongs to the same
snapshot as the people: it equals count(*) in any transaction. The clock adds the rows up, so that there stay few.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crm.workspaces.models import Workspace

NEW_DAYS = 7
DATED_DAYS = 15  # longer than anybody asks for by the day
TURN = 7_201_930  # of the advisory lock: one adds up at a time
GONE = "c.workspace_id = %s AND (c.deleted_at IS NOT NULL OR c.merged_into_id IS NOT NULL)"
TOTALS = """
SELECT coalesce(sum(delta) FILTER (WHERE what = 'alive'), 0), coalesce(sum(delta) FILTER (WHERE what = 'phone'), 0),
       coalesce(sum(delta) FILTER (WHERE what = 'alive' AND since >= %s AND since < %s), 0),
       coalesce(sum(delta) FILTER (WHERE what = 'bin'), 0)
FROM crm_headcount WHERE workspace_id = %s AND what IN ('alive', 'phone', 'bin')
"""
# Of those who were put on a list or got a tag, the ones in the bin or merged are taken off again here: there are few, and a
# counter that knew of both tables would have to lock them against each other.
LISTS = f"""
SELECT subject_id, coalesce(sum(delta) FILTER (WHERE what = 'list'), 0), coalesce(sum(delta) FILTER (WHERE what = 'left'), 0)
FROM (SELECT subject_id, what, delta FROM crm_headcount WHERE workspace_id = %s AND what IN ('list', 'left')
      UNION ALL SELECT s.list_id, 'list', -1 FROM crm_contact c JOIN crm_subscription s ON s.contact_id = c.id
      WHERE {GONE} AND s.status = 'joined') counted
GROUP BY 1
"""  # noqa: S608  our own words alone
TAGS = f"""
SELECT subject_id, sum(delta)
FROM (SELECT subject_id, delta FROM crm_headcount WHERE workspace_id = %s AND what = 'tag'
      UNION ALL SELECT t.tag_id, -1 FROM crm_contact c JOIN crm_contacttag t ON t.contact_id = c.id WHERE {GONE}) counted
GROUP BY 1
"""  # noqa: S608
ADD_UP = """
WITH crowded AS (
    SELECT unnest(array_agg(id)) AS id FROM crm_headcount
    GROUP BY workspace_id, what, subject_id, since HAVING count(*) > 1 OR since < %(horizon)s OR sum(delta) = 0
), taken AS (
    DELETE FROM crm_headcount h USING crowded WHERE h.id = crowded.id RETURNING h.*
), added AS (
    INSERT INTO crm_headcount (workspace_id, what, subject_id, since, delta)
    SELECT workspace_id, what, subject_id, CASE WHEN since >= %(horizon)s THEN since END, sum(delta) FROM taken
    WHERE EXISTS (SELECT 1 FROM crm_workspace w WHERE w.id = taken.workspace_id)
    GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0
)
SELECT count(*) FROM taken
"""
TRUTH = """
SELECT 'alive' AS what, 0 AS subject_id, date_bin('15 minutes', created_at, '2000-01-01 00:00+00') AS since, count(*) AS people
    FROM crm_contact WHERE workspace_id = %(pk)s AND deleted_at IS NULL AND merged_into_id IS NULL GROUP BY 3
UNION ALL SELECT 'phone', 0, NULL, count(*) FROM crm_contact
    WHERE workspace_id = %(pk)s AND deleted_at IS NULL AND merged_into_id IS NULL AND email IS NULL
UNION ALL SELECT 'bin', 0, NULL, count(*) FROM crm_contact
    WHERE workspace_id = %(pk)s AND deleted_at IS NOT NULL AND merged_into_id IS NULL
UNION ALL SELECT CASE status WHEN 'joined' THEN 'list' ELSE 'left' END, list_id, NULL, count(*) FROM crm_subscription
    WHERE workspace_id = %(pk)s GROUP BY 1, 2
UNION ALL SELECT 'tag', tag_id, NULL, count(*) FROM crm_contacttag WHERE workspace_id = %(pk)s GROUP BY 2
"""
AGAIN = f"""
INSERT INTO crm_headcount (workspace_id, what, subject_id, since, delta)
SELECT %(pk)s, what, subject_id, since, people FROM ({TRUTH}) counted WHERE people > 0
"""  # noqa: S608
COMPARED = f"""
SELECT what, subject_id, coalesce(h.people, 0), coalesce(t.people, 0)
FROM (SELECT what, subject_id, sum(delta)::bigint AS people FROM crm_headcount WHERE workspace_id = %(pk)s GROUP BY 1, 2) h
FULL JOIN (SELECT what, subject_id, sum(people)::bigint AS people FROM ({TRUTH}) truth GROUP BY 1, 2) t
USING (what, subject_id) WHERE coalesce(h.people, 0) <> coalesce(t.people, 0) ORDER BY 1, 2
"""  # noqa: S608  one statement, so one moment


@dataclass(frozen=True, slots=True)
class OnList:
    """`people` are alive and on the list now; `gone` have left it."""

    people: int = 0
    gone: int = 0


def week_of(workspace: Workspace, now: datetime | None = None) -> tuple[datetime, datetime]:
    """From which moment one is new, and until when: the last seven days and today, as a rule means "in the last 7 days"."""
    today = (now or timezone.now()).astimezone(workspace.zone).date()
    midnight = datetime.combine(today, time.min, workspace.zone)
    ends = datetime.combine(today + timedelta(days=1), time.min, workspace.zone)
    return midnight - timedelta(days=NEW_DAYS), ends


def totals(workspace: Workspace) -> dict[str, int]:
    """{"all", "phone", "new", "bin"} of a business: the living, those without an e-mail, those of this week, the binned."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [*week_of(workspace), workspace.pk])
        return dict(zip(("all", "phone", "new", "bin"), map(int, cursor.fetchone()), strict=True))


def on_lists(workspace: Workspace) -> dict[int, OnList]:
    """By the id of each list that anybody was ever on."""
    return {pk: OnList(int(people), int(gone)) for pk, people, gone in _rows(LISTS, [workspace.pk, workspace.pk])}


def tagged(workspace: Workspace) -> dict[int, int]:
    """The living who have each tag, by its id."""
    return {pk: int(people) for pk, people in _rows(TAGS, [workspace.pk, workspace.pk])}


def add_up(now: datetime) -> int:
    """Puts the rows of each count together and forgets those of businesses that are gone; returns how many rows it took."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(ADD_UP, {"horizon": now - timedelta(days=DATED_DAYS)})
        return int(cursor.fetchone()[0])


def differences(workspace: Workspace) -> list[tuple[str, int, int, int]]:
    """(what, id, counted, true) of every count that is not what count(*) says. Empty unless triggers were switched off."""
    return [tuple(row) for row in _rows(COMPARED, {"pk": workspace.pk})]


def recount(workspace: Workspace) -> list[tuple[str, int, int, int]]:
    """Counts everybody again, keeping writers out meanwhile; returns the differences it mended."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE crm_contact, crm_subscription, crm_contacttag IN SHARE ROW EXCLUSIVE MODE")
        found = differences(workspace)
        cursor.execute("DELETE FROM crm_headcount WHERE workspace_id = %s", [workspace.pk])
        cursor.execute(AGAIN, {"pk": workspace.pk})
        return found


def _rows(sql: str, params: list[Any] | dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
