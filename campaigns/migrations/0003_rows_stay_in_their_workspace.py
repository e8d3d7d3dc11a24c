"""Composite foreign keys: the database itself refuses a row that joins two businesses."""

from django.db import migrations

PAIRS = [
    ("campaigns_delivery", "contact_id", "crm_contact"),
    ("campaigns_delivery", "mailing_id", "campaigns_mailing"),
    ("campaigns_submission", "contact_id", "crm_contact"),
    ("campaigns_submission", "page_id", "campaigns_landingpage"),
    ("campaigns_sharelink", "page_id", "campaigns_landingpage"),
    ("campaigns_sharelink", "contact_id", "crm_contact"),
    ("campaigns_referral", "friend_id", "crm_contact"),
    ("campaigns_referral", "sharer_id", "crm_contact"),
]


def forward(table: str, column: str, target: str) -> str:
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_workspace FOREIGN KEY (workspace_id, {column}) "
        f"REFERENCES {target} (workspace_id, id) DEFERRABLE INITIALLY DEFERRED"
    )


def backward(table: str, column: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_workspace"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_versions_and_owners"), ("crm", "0003_rows_stay_in_their_workspace")]
    operations = [
        migrations.RunSQL(forward(table, column, target), backward(table, column)) for table, column, target in PAIRS
    ]
