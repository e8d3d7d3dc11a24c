import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('occasion', models.CharField(blank=True, default='', max_length=60)),
                ('address', models.CharField(blank=True, max_length=254)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('claimed', 'Being prepared'), ('sending', 'Being sent'), ('accepted', 'Delivered'), ('deferred', 'Will be tried again'), ('failed', 'Failed'), ('uncertain', 'Uncertain'), ('skipped', 'Skipped'), ('cancelled', 'Cancelled')], default='queued', max_length=9)),
                ('skip_reason', models.CharField(blank=True, choices=[('no_address', 'Without an e-mail address'), ('no_consent', 'Without consent to mailings'), ('suppressed', 'Blocked'), ('same_address', 'The address already receives this mailing'), ('bad_content', 'The mail could not be composed for this person')], default='', max_length=12)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('worker', models.CharField(blank=True, default='', max_length=60)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('reply_code', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('reply_text', models.CharField(blank=True, default='', max_length=300)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('medium', models.CharField(choices=[('page', 'Landing page'), ('thanks', 'Thank-you page'), ('mail', 'Mail')], max_length=6)),
                ('language', models.CharField(default='he', max_length=2)),
                ('blocks', models.JSONField(default=list)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='DocumentRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField()),
                ('blocks', models.JSONField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='LandingPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='Name of the page')),
                ('slug', models.SlugField(max_length=60, verbose_name='Address of the page')),
                ('language', models.CharField(default='he', max_length=2, verbose_name='Language')),
                ('description', models.CharField(blank=True, max_length=200, verbose_name='Words under the link when it is shared')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'Landing page',
                'verbose_name_plural': 'Landing pages',
                'ordering': ['-updated_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('block', models.CharField(blank=True, max_length=8)),
                ('label', models.CharField(blank=True, max_length=200)),
                ('url', models.CharField(max_length=2000)),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Mailing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, verbose_name='Name of the mailing')),
                ('purpose', models.CharField(choices=[('advertisement', 'Advertisement'), ('content', 'Content'), ('service', 'Service')], max_length=13, verbose_name='What is this mail?')),
                ('language', models.CharField(default='he', max_length=2, verbose_name='Language')),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='Subject line')),
                ('preheader', models.CharField(blank=True, max_length=200, verbose_name='Preview text')),
                ('sender_name', models.CharField(blank=True, max_length=100, verbose_name="Sender's name")),
                ('audience', models.JSONField(default=dict)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('freezing', 'Being prepared'), ('sending', 'Being sent'), ('paused', 'Paused'), ('sent', 'Sent'), ('cancelled', 'Cancelled')], default='draft', max_length=9)),
                ('compiled', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('frozen_up_to', models.BigIntegerField(default=0)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'Mailing',
                'verbose_name_plural': 'Mailings',
                'ordering': ['-updated_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='PageVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('blocks', models.JSONField()),
                ('thanks_blocks', models.JSONField()),
                ('compiled', models.JSONField(default=dict)),
                ('published_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Referral',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=12, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('block', models.CharField(max_length=8)),
                ('answers', models.JSONField(default=dict)),
                ('stamp', models.CharField(max_length=40, unique=True)),
                ('is_new_contact', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'Lead',
                'verbose_name_plural': 'Leads',
                'ordering': ['-created_at', '-id'],
            },
        ),
    ]
