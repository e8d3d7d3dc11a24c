from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A counted answer leaves its token, so that the same sending once more is no second answer."""

    dependencies = [("surveys", "0002_rows_stay_in_their_workspace")]

    operations = [
        migrations.AlterField("sealedanswer", "sealed", models.BinaryField(null=True)),
        migrations.AddIndex(
            "sealedanswer",
            models.Index(fields=["survey"], condition=models.Q(sealed__isnull=False), name="sealed_waiting"),
        ),
    ]
