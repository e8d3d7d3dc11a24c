"""The database itself refuses a row of an act that joins two businesses."""

from django.db import migrations

PAIRS = [("act_id", "crm_bulkact"), ("contact_id", "crm_contact")]


def forward(column: str, target: str) -> str:
    return (
        f"ALTER TABLE crm_bulkrow ADD CONSTRAINT crm_bulkrow_{column}_same_workspace FOREIGN KEY (workspace_id, {column}) "
        f"REFERENCES {target} (workspace_id, id) DEFERRABLE INITIALLY DEFERRED"
    )


def backward(column: str) -> str:
    return f"ALTER TABLE crm_bulkrow DROP CONSTRAINT crm_bulkrow_{column}_same_workspace"


class Migration(migrations.Migration):
    dependencies = [("crm", "0026_bulk_acts")]
    operations = [migrations.RunSQL(forward(column, target), backward(column)) for column, target in PAIRS]
