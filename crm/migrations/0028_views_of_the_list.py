"""Views of the list of contacts that members saved, and what each likes to see."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0027_bulk_rows_stay_in_their_workspace")]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='Name of the view')),
                ('is_shared', models.BooleanField(default=False, verbose_name='Everybody in the business sees it')),
                ('state', models.JSONField(default=dict)),
                ('columns', models.JSONField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to='crm.workspace')),
            ],
            options={
                'verbose_name': 'View',
                'verbose_name_plural': 'Views',
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ListTaste',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('columns', models.JSONField(blank=True, null=True)),
                ('is_dense', models.BooleanField(default=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.workspace')),
                ('default_view', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='crm.savedview')),
            ],
        ),
        migrations.AddIndex(
            model_name='savedview',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['workspace', 'created_at'], name='saved_view_alive'),
        ),
        migrations.AddConstraint(
            model_name='listtaste',
            constraint=models.UniqueConstraint(fields=('workspace', 'user'), name='list_taste_once'),
        ),
    ]
