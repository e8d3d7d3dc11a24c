"""Composite foreign keys of notes and tasks: the database refuses a note about another business's person, or a task of its member."""

from django.db import migrations, models

PAIRS = [
    ("crm_note", "contact_id", "crm_contact"),
    ("crm_task", "contact_id", "crm_contact"),
    ("crm_task", "assignee_id", "crm_membership"),
]


def forward(table: str, column: str, target: str) -> str:
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_workspace FOREIGN KEY (workspace_id, {column}) "
        f"REFERENCES {target} (workspace_id, id) DEFERRABLE INITIALLY DEFERRED"
    )


def backward(table: str, column: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_workspace"


class Migration(migrations.Migration):
    dependencies = [("crm", "0011_notes_and_tasks")]
    operations = [
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("workspace", "id"), name="membership_in_workspace"),
        ),
        *[migrations.RunSQL(forward(table, column, target), backward(table, column)) for table, column, target in PAIRS],
    ]
