"""Where the satisfied begin and the dissatisfied end is kept with the survey."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0026_texts_to_translate")]
    operations = [
        migrations.AddField("survey", "slice_low", models.PositiveSmallIntegerField(blank=True, null=True)),
        migrations.AddField("survey", "slice_high", models.PositiveSmallIntegerField(blank=True, null=True)),
    ]
