"""Exact counts of people at any size: triggers write what a statement changed, the clock adds it up.

Statement triggers over transition tables: a statement that touches a hundred thousand rows writes a handful of sums, and two
that run side by side never wait for each other, as they would on one counter row.
"""

import django.db.models.deletion
from django.db import migrations, models

# Joining is told to the quarter of an hour, the finest step of any time zone; what is older than this needs no date.
CHANGED = """
INSERT INTO crm_headcount (workspace_id, what, subject_id, since, delta)
SELECT g.workspace_id, v.what, 0, v.since, sum(g.n)
FROM (
    SELECT workspace_id, deleted_at IS NOT NULL AS is_binned, email IS NULL AS is_phone_only,
           CASE WHEN created_at > now() - interval '100 days'
                THEN date_bin('15 minutes', created_at, '2000-01-01 00:00+00') END AS since,
           sum(sign)::int AS n
    FROM ({source}) changed WHERE merged_into_id IS NULL GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0
) g CROSS JOIN LATERAL (VALUES
    ('alive', g.since, (NOT g.is_binned)::int),
    ('phone', NULL, (NOT g.is_binned AND g.is_phone_only)::int),
    ('bin', NULL, g.is_binned::int)
) v (what, since, holds)
WHERE v.holds = 1 GROUP BY 1, 2, 4 HAVING sum(g.n) <> 0;
"""
COLUMNS = "workspace_id, deleted_at, email, created_at, merged_into_id"
GROUPED = """
INSERT INTO crm_headcount (workspace_id, what, subject_id, delta)
SELECT workspace_id, what, subject_id, sum(sign)
FROM ({source}) changed GROUP BY 1, 2, 3 HAVING sum(sign) <> 0;
"""
JOINED = "workspace_id, CASE status WHEN 'joined' THEN 'list' ELSE 'left' END AS what, list_id AS subject_id"
TAGGED = "workspace_id, 'tag' AS what, tag_id AS subject_id"


def body(insert: str, columns: str) -> str:
    """Three cases of one function: each sees the transition tables that its trigger has."""
    new = f"SELECT {columns}, 1 AS sign FROM new_rows"  # noqa: S608  our own words alone
    old = f"SELECT {columns}, -1 AS sign FROM old_rows"  # noqa: S608
    cases = {"INSERT": new, "DELETE": old, "UPDATE": f"{new} UNION ALL {old}"}
    told = [f"IF TG_OP = '{event}' THEN {insert.format(source=source)} END IF;" for event, source in cases.items()]
    return "\n".join(told)


def function(name: str, insert: str, columns: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN\n{body(insert, columns)}\nRETURN NULL;\nEND $$;"
    )


def triggers(table: str, name: str) -> str:
    rows = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
    rows["UPDATE"] = "OLD TABLE AS old_rows NEW TABLE AS new_rows"
    return "\n".join(
        f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}();"
        for event, tables in rows.items()
    )


def dropped(table: str, name: str) -> str:
    return "\n".join(
        [f"DROP TRIGGER {name}_{event} ON {table};" for event in ("insert", "delete", "update")]
        + [f"DROP FUNCTION {name}();"]
    )


KEPT = {
    "crm_contact": ("crm_count_contacts", CHANGED, COLUMNS),
    "crm_subscription": ("crm_count_subscriptions", GROUPED, JOINED),
    "crm_contacttag": ("crm_count_tags", GROUPED, TAGGED),
}


def counting(table: str) -> migrations.RunSQL:
    """The triggers, which keep writers out until this commits; then those who are there already."""
    name, insert, columns = KEPT[table]
    filled = insert.format(source=f"SELECT {columns}, 1 AS sign FROM {table}")  # noqa: S608
    return migrations.RunSQL([function(name, insert, columns), triggers(table, name), filled], dropped(table, name))


class Migration(migrations.Migration):
    dependencies = [("crm", "0029_contacts_by_name")]
    operations = [
        migrations.CreateModel(
            name="Headcount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=5)),
                ("subject_id", models.BigIntegerField(default=0)),
                ("since", models.DateTimeField(null=True)),
                ("delta", models.IntegerField()),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="crm.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["workspace", "what", "subject_id", "since"], name="headcount_of_workspace")
                ]
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE crm_headcount ALTER COLUMN subject_id SET DEFAULT 0, "
            "SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
            migrations.RunSQL.noop,
        ),
        *[counting(table) for table in KEPT],
    ]
