"""The list of contacts is sorted by name without reading everybody."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0028_views_of_the_list")]

    operations = [
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(
                fields=["workspace", "first_name", "last_name", "id"],
                condition=models.Q(("deleted_at", None), ("merged_into", None)),
                name="contact_by_name",
            ),
        ),
    ]
