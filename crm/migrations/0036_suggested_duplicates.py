"""Pairs who may be one person, what was decided about them, and when a business was last searched."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

REASONS = [
    ("phone", "The same phone"),
    ("email", "The same e-mail in another spelling"),
    ("channels", "The same name, one by phone and one by e-mail"),
    ("name", "A similar name in the same area"),
]
SAME_WORKSPACE = (
    "ALTER TABLE crm_duplicatesuggestion ADD CONSTRAINT crm_duplicatesuggestion_{0}_same_workspace "
    "FOREIGN KEY (workspace_id, {0}) REFERENCES crm_contact (workspace_id, id) DEFERRABLE INITIALLY DEFERRED"
)
DROP = "ALTER TABLE crm_duplicatesuggestion DROP CONSTRAINT crm_duplicatesuggestion_{0}_same_workspace"


def key(to, **options):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("crm", "0035_duplicates_found_by_address")]

    operations = [
        migrations.CreateModel(
            name="DuplicateSuggestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(blank=True, choices=REASONS, max_length=8)),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, max_length=40)),
                ("workspace", key("crm.workspace", related_name="duplicate_suggestions")),
                ("one", key("crm.contact", related_name="+")),
                ("other", key("crm.contact", related_name="+")),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["workspace", "reason", "id"],
                        condition=models.Q(decided_at=None),
                        name="duplicate_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["one", "other"], name="duplicate_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(one__lt=models.F("other")), name="duplicate_pair_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DuplicateSearch",
            fields=[
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="duplicate_search",
                        serialize=False,
                        to="crm.workspace",
                    ),
                ),
                ("finished_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        *(
            migrations.RunSQL(SAME_WORKSPACE.format(column), DROP.format(column))
            for column in ("one_id", "other_id")
        ),
    ]
