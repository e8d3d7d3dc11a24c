"""Composite foreign keys: the database itself refuses a row that joins two businesses."""

from django.db import migrations

PAIRS = [
    ("crm_subscription", "contact_id", "crm_contact"),
    ("crm_subscription", "list_id", "crm_list"),
    ("crm_contacttag", "contact_id", "crm_contact"),
    ("crm_contacttag", "tag_id", "crm_tag"),
    ("crm_consent", "contact_id", "crm_contact"),
    ("crm_identityedge", "contact_id", "crm_contact"),
    ("crm_identityedge", "visitor_id", "crm_visitor"),
    ("crm_segmentmember", "contact_id", "crm_contact"),
    ("crm_segmentmember", "segment_id", "crm_segment"),
]


def forward(table: str, column: str, target: str) -> str:
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_workspace FOREIGN KEY (workspace_id, {column}) "
        f"REFERENCES {target} (workspace_id, id) DEFERRABLE INITIALLY DEFERRED"
    )


def backward(table: str, column: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_workspace"


class Migration(migrations.Migration):
    dependencies = [("crm", "0002_events_by_month")]
    operations = [
        migrations.RunSQL(forward(table, column, target), backward(table, column)) for table, column, target in PAIRS
    ]
