"""How many people segments had, day by day: a row for each day of the business, whose last word stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from crm.segments.models import Segment, SegmentSize

SHOWN_DAYS = 90
NOTED = """
INSERT INTO crm_segmentsize (workspace_id, segment_id, day, count)
SELECT s.workspace_id, s.id, (%s AT TIME ZONE w.time_zone)::date, s.size FROM crm_segment s
JOIN crm_workspace w ON w.id = s.workspace_id
WHERE s.deleted_at IS NULL AND NOT s.is_fixed AND s.refreshed_at IS NOT NULL
ON CONFLICT (segment_id, day) DO UPDATE SET count = EXCLUDED.count WHERE crm_segmentsize.count <> EXCLUDED.count
"""


def note_all(*, now: datetime | None = None) -> None:
    """Today's row of every segment of every business, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(NOTED, [now or timezone.now()])


def note(segment: Segment, count: int, *, now: datetime) -> None:
    day = now.astimezone(segment.workspace.zone).date()
    values = {"workspace_id": segment.workspace_id, "count": count}
    SegmentSize.objects.update_or_create(segment=segment, day=day, defaults=values)


def changes(days: list[tuple[date, int]]) -> list[tuple[date, int, int | None]]:
    """(day, count, how many more or fewer than the row before), the newest first."""
    before = [None, *(count for _day, count in days)]
    rows = [
        (day, count, None if last is None else count - last) for (day, count), last in zip(days, before, strict=False)
    ]
    return rows[::-1]


def history(segment: Segment, *, today: date, days: int = SHOWN_DAYS) -> list[SegmentSize]:
    """The rows of the last days, the oldest first; days on which the clock did not run have none."""
    return list(segment.sizes.filter(day__gt=today - timedelta(days=days), day__lte=today))
