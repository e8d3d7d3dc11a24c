"""Whoever comes by an address of a merged duplicate is found as quickly as anybody."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0031_words_of_contacts")]

    operations = [
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(
                fields=["workspace", column],
                condition=models.Q(merged_into__isnull=False),
                name=f"contact_merged_{column}",
            ),
        )
        for column in ("email", "phone")
    ]
