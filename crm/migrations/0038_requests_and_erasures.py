"""What people ask for on their own page, and who was erased: for the owner's eyes, and for the journal outside the database."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

KINDS = [("copy", "A copy of their data"), ("erasure", "Deletion of their data")]


class Migration(migrations.Migration):
    dependencies = [("crm", "0037_consents_wait_for_confirmation")]

    operations = [
        migrations.CreateModel(
            name="SubjectRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=8)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("done_by", models.CharField(blank=True, max_length=40)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subject_requests",
                        to="crm.workspace",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="subject_requests", to="crm.contact"
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [
                    models.Index(
                        fields=["workspace", "created_at"],
                        condition=models.Q(done_at=None),
                        name="subject_request_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["contact", "kind"], condition=models.Q(done_at=None), name="subject_request_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE crm_subjectrequest ADD CONSTRAINT crm_subjectrequest_contact_id_same_workspace FOREIGN KEY "
            "(workspace_id, contact_id) REFERENCES crm_contact (workspace_id, id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE crm_subjectrequest DROP CONSTRAINT crm_subjectrequest_contact_id_same_workspace",
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("email_hash", models.BinaryField(max_length=32, null=True)),
                ("phone_hash", models.BinaryField(max_length=32, null=True)),
                ("was_asked", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("written_at", models.DateTimeField(blank=True, null=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["created_at"], condition=models.Q(written_at=None), name="erasure_to_write"
                    )
                ]
            },
        ),
    ]
