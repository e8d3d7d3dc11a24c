"""A scope of API keys that only few need: to take out and to erase one person's data."""

import django.contrib.postgres.fields
from django.db import migrations, models

SCOPES = [("read", "Read"), ("write", "Write"), ("personal", "Take out and erase one person's data")]


class Migration(migrations.Migration):
    dependencies = [("crm", "0038_requests_and_erasures")]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=SCOPES, max_length=10), default=list, size=None
            ),
        ),
    ]
