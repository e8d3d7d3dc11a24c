"""Double opt-in: what was typed and not yet proved, and the two moments of a proof."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0036_suggested_duplicates")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="double_opt_in",
            field=models.BooleanField(default=False, verbose_name="Ask for confirmation by mail"),
        ),
        migrations.AddField(
            model_name="consent", name="asked_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="consent", name="asked_ip", field=models.GenericIPAddressField(blank=True, null=True)
        ),
        migrations.CreateModel(
            name="PendingConsent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=254)),
                ("consents", models.JSONField(default=dict)),
                ("held", models.JSONField(blank=True, default=dict)),
                ("source", models.CharField(max_length=40)),
                ("form_version", models.CharField(blank=True, max_length=60)),
                ("ip", models.GenericIPAddressField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("mail_due", models.DateTimeField(blank=True, null=True)),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("mails", models.PositiveSmallIntegerField(default=0)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("confirmed_ip", models.GenericIPAddressField(blank=True, null=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.workspace"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pending_consents", to="crm.contact"
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(
                        fields=["contact", "-created_at"],
                        condition=models.Q(closed_at=None),
                        name="pending_of_contact",
                    ),
                    models.Index(
                        fields=["mail_due"], condition=models.Q(mail_due__isnull=False), name="pending_to_mail"
                    ),
                    models.Index(fields=["address", "-mailed_at"], name="pending_by_address"),
                ],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE crm_pendingconsent ADD CONSTRAINT crm_pendingconsent_contact_id_same_workspace FOREIGN KEY "
            "(workspace_id, contact_id) REFERENCES crm_contact (workspace_id, id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE crm_pendingconsent DROP CONSTRAINT crm_pendingconsent_contact_id_same_workspace",
        ),
    ]
