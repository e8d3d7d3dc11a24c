"""A survey of two languages has its name, intro and thank-you in both."""

from django.db import migrations, models

TEXT = {"blank": True, "null": True, "on_delete": models.PROTECT, "related_name": "+", "to": "campaigns.document"}


class Migration(migrations.Migration):
    dependencies = [("surveys", "0020_scores_are_counted_anew")]
    operations = [
        migrations.AddField(
            "survey",
            "second_name",
            models.CharField(blank=True, default="", max_length=100, verbose_name="Name in the second language"),
        ),
        migrations.AddField("survey", "second_intro", models.ForeignKey(**TEXT)),
        migrations.AddField("survey", "second_thanks", models.ForeignKey(**TEXT)),
    ]
