"""Composite foreign keys: the database itself refuses a row that joins two businesses."""

from django.db import migrations

PAIRS = [
    ("surveys_question", "survey_id", "surveys_survey"),
    ("surveys_participation", "survey_id", "surveys_survey"),
    ("surveys_participation", "contact_id", "crm_contact"),
    ("surveys_response", "survey_id", "surveys_survey"),
    ("surveys_response", "contact_id", "crm_contact"),
    ("surveys_score", "survey_id", "surveys_survey"),
    ("surveys_scoreresult", "score_id", "surveys_score"),
    ("surveys_scoreresult", "response_id", "surveys_response"),
]


def forward(table: str, column: str, target: str) -> str:
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_workspace FOREIGN KEY (workspace_id, {column}) "
        f"REFERENCES {target} (workspace_id, id) DEFERRABLE INITIALLY DEFERRED"
    )


def backward(table: str, column: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_workspace"


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial"), ("crm", "0003_rows_stay_in_their_workspace")]
    operations = [
        migrations.RunSQL(forward(table, column, target), backward(table, column)) for table, column, target in PAIRS
    ]
