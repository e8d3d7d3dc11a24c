"""Membership of ruled segments is kept: when it was worked out, when it is due, how many it is, day by day.

Rows of membership lose their foreign keys. They are derived, by the million, and are only ever written out of crm_contact of the
same business in the statement that works them out; the checks would be four fifths of the time that this takes. A row whose
contact went meanwhile is joined away when it is read, and deleted by the nightly refresh.
"""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models.functions import Now

COMPOSITE = [("contact_id", "crm_contact"), ("segment_id", "crm_segment")]


def free(name: str, to: str, **options: object) -> migrations.AlterField:
    key = models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, to=to, db_constraint=False, db_index=False, **options
    )
    return migrations.AlterField(model_name="segmentmember", name=name, field=key)


def loose(column: str, target: str) -> migrations.RunSQL:
    name = f"crm_segmentmember_{column}_same_workspace"
    return migrations.RunSQL(
        f"ALTER TABLE crm_segmentmember DROP CONSTRAINT {name}",
        f"ALTER TABLE crm_segmentmember ADD CONSTRAINT {name} FOREIGN KEY (workspace_id, {column}) "
        f"REFERENCES {target} (workspace_id, id) DEFERRABLE INITIALLY DEFERRED",
    )


class Migration(migrations.Migration):
    dependencies = [("crm", "0012_notes_stay_in_their_workspace")]
    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *(loose(*pair) for pair in COMPOSITE),
        free("workspace", "crm.workspace", related_name="+"),
        free("segment", "crm.segment", related_name="members"),
        free("contact", "crm.contact", related_name="+"),
        migrations.AddField("segmentmember", "entered_at", models.DateTimeField(db_default=Now())),
        migrations.AddField(
            "segment",
            "refresh_at",
            models.DateTimeField(null=True, blank=True, default=django.utils.timezone.now),
        ),
        migrations.AddField("segment", "refreshed_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("segment", "size", models.BigIntegerField(default=0)),
        migrations.AddIndex(
            "segment",
            models.Index(
                "refresh_at", condition=models.Q(("deleted_at", None), ("is_fixed", False)), name="segment_due"
            ),
        ),
        migrations.CreateModel(
            name="SegmentSize",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("count", models.BigIntegerField()),
                (
                    "segment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sizes",
                        to="crm.segment",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="crm.workspace",
                    ),
                ),
            ],
            options={
                "ordering": ["day"],
                "constraints": [models.UniqueConstraint(fields=("segment", "day"), name="segment_size_once")],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE crm_segmentsize ADD CONSTRAINT crm_segmentsize_segment_id_same_workspace "
            "FOREIGN KEY (workspace_id, segment_id) REFERENCES crm_segment (workspace_id, id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE crm_segmentsize DROP CONSTRAINT crm_segmentsize_segment_id_same_workspace",
        ),
    ]
