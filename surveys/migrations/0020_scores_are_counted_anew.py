from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0015_questions_wait_to_be_put_back")]

    operations = [
        migrations.AddField(
            model_name="score",
            name="settled_to",
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        )
    ]
