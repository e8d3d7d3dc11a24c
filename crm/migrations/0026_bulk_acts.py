"""Acts over many people, and the people of each."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0021_imports_stay_in_their_workspace")]

    operations = [
        migrations.CreateModel(
            name='BulkAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('tag', 'Adding a tag'), ('untag', 'Taking a tag off'), ('join', 'Adding to a list'), ('leave', 'Taking off a list'), ('set', 'Filling in a field'), ('clear', 'Emptying a field'), ('delete', 'Deletion'), ('restore', 'Restoring from the bin')], max_length=8)),
                ('params', models.JSONField(default=dict)),
                ('whom', models.JSONField(default=dict)),
                ('status', models.CharField(choices=[('waiting', 'Gathering the people'), ('running', 'In progress'), ('done', 'Done'), ('stopped', 'Stopped'), ('undoing', 'Being undone'), ('undone', 'Undone'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('actor', models.CharField(max_length=40)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('undo_asked_at', models.DateTimeField(blank=True, null=True)),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('frozen_to', models.BigIntegerField(default=0)),
                ('frozen_until', models.BigIntegerField(default=0)),
                ("expected", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('same', models.PositiveIntegerField(default=0)),
                ('refused', models.PositiveIntegerField(default=0)),
                ('gone', models.PositiveIntegerField(default=0)),
                ('undone', models.PositiveIntegerField(default=0)),
                ('kept', models.PositiveIntegerField(default=0)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('trouble', models.CharField(blank=True, max_length=200)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bulk_acts', to='crm.workspace')),
            ],
            options={
                'verbose_name': 'Bulk act',
                'verbose_name_plural': 'Bulk acts',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='BulkRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('waiting', 'Waiting'), ('changed', 'Changed'), ('same', 'Were so already'), ('refused', 'Left out'), ('gone', 'No longer here'), ('undone', 'Undone'), ('kept', 'Changed since, left as they are')], db_default='waiting', default='waiting', max_length=7)),
                ('before', models.JSONField(blank=True, null=True)),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='crm.bulkact')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.contact')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.workspace')),
            ],
        ),
        migrations.AddIndex(
            model_name='bulkact',
            index=models.Index(models.F('workspace'), models.OrderBy(models.F('created_at'), descending=True), name='bulk_act_newest'),
        ),
        migrations.AddIndex(
            model_name='bulkact',
            index=models.Index(condition=models.Q(('status__in', ('waiting', 'running', 'undoing'))), fields=['id'], name='bulk_act_moving'),
        ),
        migrations.AddConstraint(
            model_name='bulkact',
            constraint=models.UniqueConstraint(fields=('workspace', 'id'), name='bulk_act_in_workspace'),
        ),
        migrations.AddIndex(
            model_name='bulkrow',
            index=models.Index(fields=['act', 'outcome', 'contact'], name='bulk_row_by_outcome'),
        ),
        migrations.AddConstraint(
            model_name='bulkrow',
            constraint=models.UniqueConstraint(fields=('act', 'contact'), name='bulk_row_once'),
        ),
    ]
