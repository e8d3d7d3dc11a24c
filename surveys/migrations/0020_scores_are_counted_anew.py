from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0002_rows_stay_in_their_workspace")]

    operations = [
        migrations.AddField(
            model_name="score",
            name="settled_to",
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        )
    ]
