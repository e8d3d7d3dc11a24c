"""Groups of fields; what is required, given by default, sensitive, fast to filter."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models.functions import Lower

SAME_WORKSPACE = (
    "ALTER TABLE crm_customfield ADD CONSTRAINT crm_customfield_group_id_same_workspace "
    "FOREIGN KEY (workspace_id, group_id) REFERENCES crm_fieldgroup (workspace_id, id) DEFERRABLE INITIALLY DEFERRED"
)


def adding(name: str, field: models.Field) -> migrations.AddField:
    return migrations.AddField(model_name="customfield", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("crm", "0004_outbox_for_owners")]
    operations = [
        migrations.CreateModel(
            name="FieldGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="Name of the group")),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="field_groups", to="crm.workspace"
                    ),
                ),
            ],
            options={
                "verbose_name": "Group of fields",
                "verbose_name_plural": "Groups of fields",
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint("workspace", Lower("name"), name="field_group_once"),
                    models.UniqueConstraint(fields=("workspace", "id"), name="field_group_in_workspace"),
                ],
            },
        ),
        adding(
            "group",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="fields",
                to="crm.fieldgroup",
                verbose_name="Group of fields",
            ),
        ),
        adding("required", models.BooleanField(default=False, verbose_name="Must be filled in")),
        adding("default", models.JSONField(blank=True, null=True, verbose_name="What a new contact gets")),
        adding("is_sensitive", models.BooleanField(default=False, verbose_name="Sensitive")),
        adding("is_filterable", models.BooleanField(default=False, verbose_name="Fast to filter")),
        adding(
            "index_state",
            models.CharField(
                blank=True,
                choices=[("", "Not needed"), ("wanted", "Being built"), ("ready", "Ready"), ("failed", "Failed")],
                default="",
                max_length=6,
            ),
        ),
        migrations.RunSQL(
            SAME_WORKSPACE, "ALTER TABLE crm_customfield DROP CONSTRAINT crm_customfield_group_id_same_workspace"
        ),
    ]
