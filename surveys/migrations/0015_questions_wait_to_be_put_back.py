"""A question taken out of a draft can be put back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0010_counted_tokens_stay")]
    operations = [
        migrations.AddField("question", "removed_at", models.DateTimeField(blank=True, null=True)),
    ]
