"""One index for the search of contacts: every three letters of names, e-mail and phone; and one for who is gone.

Built beside the writers. pg_trgm is a trusted extension: the owner of the database may make it.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models import F, Q

WORDS = (
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS contact_words ON crm_contact USING gin "
    "(lower(' ' || first_name || ' ' || last_name || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '')) gin_trgm_ops)"
)
GONE = models.Index(
    "workspace",
    F("deleted_at").desc(),
    F("id").desc(),
    name="contact_gone",
    condition=Q(deleted_at__isnull=False) | Q(merged_into__isnull=False),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0030_headcounts")]
    operations = [
        TrigramExtension(),
        migrations.RunSQL(WORDS, "DROP INDEX CONCURRENTLY IF EXISTS contact_words"),
        AddIndexConcurrently("contact", GONE),
    ]
