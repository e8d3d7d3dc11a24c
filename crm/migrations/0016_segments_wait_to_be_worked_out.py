"""Segments made before membership was kept are worked out as soon as the clock ticks; the log is followed from here on."""

from django.db import migrations

DUE = "UPDATE crm_segment SET refresh_at = CASE WHEN is_fixed THEN NULL ELSE now() END"
START = """
INSERT INTO crm_eventcursor (name, xid, event_id)
VALUES ('segments', pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 0) ON CONFLICT (name) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0015_segments_are_kept")]
    operations = [
        migrations.RunSQL(DUE, migrations.RunSQL.noop),
        migrations.RunSQL(START, "DELETE FROM crm_eventcursor WHERE name = 'segments'"),
    ]
