"""What members write down about people, and what they mean to do."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0010_groups_and_traits_of_fields'),
    ]

    operations = [
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(max_length=5000, verbose_name='Note')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('edited_at', models.DateTimeField(blank=True, null=True)),
                ('pinned_at', models.DateTimeField(blank=True, null=True)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'Note',
                'verbose_name_plural': 'Notes',
                'ordering': [models.OrderBy(models.F('pinned_at'), descending=True, nulls_last=True), '-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='What to do')),
                ('due_on', models.DateField(verbose_name='On the day')),
                ('due_time', models.TimeField(blank=True, null=True, verbose_name='At the hour')),
                ('reminder', models.CharField(blank=True, choices=[('', 'Without a reminder'), ('at', 'When it is due'), ('hour', 'An hour before'), ('day', 'A day before, at 9:00')], default='', max_length=4, verbose_name='Reminder')),
                ('remind_at', models.DateTimeField(blank=True, null=True)),
                ('reminded_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'Task',
                'verbose_name_plural': 'Tasks',
            },
        ),
        migrations.AddField(
            model_name='note',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='contact',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='crm.contact'),
        ),
        migrations.AddField(
            model_name='note',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='crm.workspace'),
        ),
        migrations.AddField(
            model_name='task',
            name='assignee',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='crm.membership', verbose_name='Who does it'),
        ),
        migrations.AddField(
            model_name='task',
            name='contact',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='crm.contact'),
        ),
        migrations.AddField(
            model_name='task',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='done_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='crm.workspace'),
        ),
        migrations.AddIndex(
            model_name='note',
            index=models.Index(models.F('contact'), models.OrderBy(models.F('created_at'), descending=True), name='note_of_contact'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(models.F('workspace'), models.F('due_on'), models.F('due_time'), models.F('id'), condition=models.Q(('deleted_at', None), ('done_at', None)), name='task_waiting'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(models.F('workspace'), models.OrderBy(models.F('done_at'), descending=True), condition=models.Q(('done_at__isnull', False)), name='task_done'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(models.F('contact'), models.F('due_on'), name='task_of_contact'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(models.F('remind_at'), condition=models.Q(('deleted_at', None), ('done_at', None), ('remind_at__isnull', False), ('reminded_at', None)), name='task_to_remind'),
        ),
    ]
