"""Tables of imports: the file in pieces, its rows, and what each of them did."""


import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0017_words_within_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='File')),
                ('status', models.CharField(choices=[('uploaded', 'Waiting for your choices'), ('checking', 'Checking'), ('checked', 'Checked, nothing was changed yet'), ('running', 'Importing'), ('stopped', 'Stopped'), ('done', 'Done'), ('undoing', 'Undoing'), ('undone', 'Undone'), ('failed', 'Failed')], default='uploaded', max_length=8)),
                ('size', models.BigIntegerField(default=0)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('shape', models.JSONField(default=dict)),
                ('headers', models.JSONField(default=list)),
                ('plan', models.JSONField(default=dict)),
                ('tallies', models.JSONField(default=dict)),
                ('rows_read', models.PositiveIntegerField(default=0)),
                ('rows_checked', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('share_read', models.FloatField(default=0)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('worker', models.CharField(blank=True, max_length=40)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fault', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('purged_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='crm.workspace')),
            ],
            options={
                'verbose_name': 'Import',
                'verbose_name_plural': 'Imports',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ImportEffect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('outcome', models.CharField(choices=[('new', 'New'), ('updated', 'Updated'), ('unchanged', 'Unchanged'), ('refused', 'Refused')], max_length=9)),
                ('reasons', models.JSONField(default=list)),
                ('before', models.JSONField(default=dict)),
                ('undone', models.CharField(blank=True, choices=[('restored', 'As it was before'), ('partly', 'Restored but for what was edited since'), ('binned', 'Moved to the bin'), ('kept', 'Stays, because something happened since'), ('nothing', 'Nothing to undo')], max_length=8)),
                ('contact', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='crm.contact')),
                ('importing', models.ForeignKey(db_column='import_id', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='effects', to='crm.import')),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='ImportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('importing', models.ForeignKey(db_column='import_id', on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='crm.import')),
            ],
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('line', models.PositiveIntegerField(default=0)),
                ('cells', models.JSONField(default=list)),
                ('said', models.JSONField(default=dict)),
                ('email', models.CharField(blank=True, max_length=254, null=True)),
                ('phone', models.CharField(blank=True, max_length=16, null=True)),
                ('match', models.TextField(blank=True, null=True)),
                ('reasons', models.JSONField(default=list)),
                ('refused', models.BooleanField(default=False)),
                ('again', models.BooleanField(default=False)),
                ('importing', models.ForeignKey(db_column='import_id', db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='crm.import')),
            ],
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(fields=['workspace', '-created_at'], name='import_newest'),
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(condition=models.Q(('status__in', ['checking', 'running', 'undoing'])), fields=['asked_at'], name='import_waiting'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.UniqueConstraint(fields=('workspace', 'id'), name='import_in_workspace'),
        ),
        migrations.AddIndex(
            model_name='importeffect',
            index=models.Index(condition=models.Q(('contact__isnull', False)), fields=['contact'], name='import_effect_of_contact'),
        ),
        migrations.AddIndex(
            model_name='importeffect',
            index=models.Index(condition=models.Q(('outcome', 'refused'), ('undone__in', ['kept', 'partly']), _connector='OR'), fields=['importing', 'outcome', 'number'], name='import_effect_to_show'),
        ),
        migrations.AddConstraint(
            model_name='importeffect',
            constraint=models.UniqueConstraint(fields=('importing', 'number'), name='import_effect_once'),
        ),
        migrations.AddConstraint(
            model_name='importpart',
            constraint=models.UniqueConstraint(fields=('importing', 'position'), name='import_part_once'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(fields=('importing', 'number'), name='import_row_once'),
        ),
    ]
