from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0008_walks_that_were_merged")]

    operations = [
        migrations.AddField(
            model_name="automation", name="taken_out", field=models.JSONField(blank=True, default=list)
        ),
    ]
