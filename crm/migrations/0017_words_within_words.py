"""pg_trgm, which finds a word within a word at once. It is a trusted extension, so the owner of the database may make it; where it
is not there (a server without contrib), everything works without, and only "contains" on large businesses is slower."""

from django.db import migrations

CREATE = """
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pg_trgm is not available: %', SQLERRM;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0016_segments_wait_to_be_worked_out")]
    operations = [migrations.RunSQL(CREATE, migrations.RunSQL.noop)]
