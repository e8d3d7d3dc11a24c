"""Mail of the system is kept for the eyes of owners."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0003_rows_stay_in_their_workspace")]

    operations = [
        migrations.AddField(model_name="outboxmessage", name="owners_only", field=models.BooleanField(default=False)),
    ]
