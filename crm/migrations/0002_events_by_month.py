"""The event log, partitioned by month of occurrence, with a default partition for what lies outside."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

import crm.timeline.models

CREATE = """
CREATE SEQUENCE crm_event_id_seq AS bigint;
CREATE TABLE crm_event (
    id bigint NOT NULL DEFAULT nextval('crm_event_id_seq'),
    workspace_id bigint NOT NULL,
    contact_id bigint,
    visitor_id bigint,
    kind varchar(60) NOT NULL,
    subject_type varchar(20) NOT NULL DEFAULT '',
    subject_id bigint,
    subject_label varchar(200) NOT NULL DEFAULT '',
    occurred_at timestamptz NOT NULL,
    source varchar(100) NOT NULL DEFAULT '',
    medium varchar(100) NOT NULL DEFAULT '',
    campaign varchar(100) NOT NULL DEFAULT '',
    value numeric(14, 2),
    currency varchar(3) NOT NULL DEFAULT '',
    properties jsonb NOT NULL DEFAULT '{}',
    actor varchar(40) NOT NULL DEFAULT '',
    verdict varchar(7) NOT NULL DEFAULT 'human',
    verdict_reason varchar(60) NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);
ALTER SEQUENCE crm_event_id_seq OWNED BY crm_event.id;
CREATE INDEX event_of_contact ON crm_event (contact_id, occurred_at DESC) WHERE contact_id IS NOT NULL;
CREATE INDEX event_of_visitor ON crm_event (visitor_id, occurred_at DESC) WHERE visitor_id IS NOT NULL;
CREATE INDEX event_by_kind ON crm_event (workspace_id, kind, subject_id, occurred_at);
CREATE INDEX event_in_commit_order ON crm_event (xid, id);
CREATE TABLE crm_event_default PARTITION OF crm_event DEFAULT;
DO $$
DECLARE month date;
BEGIN
    FOR offset_ IN -12..3 LOOP
        month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => offset_))::date;
        EXECUTE format(
            'CREATE TABLE crm_event_%s PARTITION OF crm_event FOR VALUES FROM (%L) TO (%L)',
            to_char(month, 'YYYY_MM'),
            to_char(month, 'YYYY-MM-DD') || ' 00:00+00',
            to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00+00'
        );
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, "DROP TABLE crm_event")],
            state_operations=[
                migrations.CreateModel(
                    name='Event',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('kind', models.CharField(max_length=60)),
                        ('subject_type', models.CharField(blank=True, default='', max_length=20)),
                        ('subject_id', models.BigIntegerField(blank=True, null=True)),
                        ('subject_label', models.CharField(blank=True, default='', max_length=200)),
                        ('occurred_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('source', models.CharField(blank=True, default='', max_length=100)),
                        ('medium', models.CharField(blank=True, default='', max_length=100)),
                        ('campaign', models.CharField(blank=True, default='', max_length=100)),
                        ('value', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                        ('currency', models.CharField(blank=True, default='', max_length=3)),
                        ('properties', models.JSONField(blank=True, default=dict)),
                        ('actor', models.CharField(blank=True, default='', max_length=40)),
                        ('verdict', models.CharField(choices=[('human', 'Person'), ('robot', 'Robot'), ('unknown', 'Not known')], default='human', max_length=7)),
                        ('verdict_reason', models.CharField(blank=True, default='', max_length=60)),
                        ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('xid', crm.timeline.models.Xid8Field(db_default=crm.timeline.models.CurrentXid(), editable=False)),
                        ('contact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='crm.contact')),
                        ('visitor', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to='crm.visitor')),
                        ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='crm.workspace')),
                    ],
                    options={
                        'db_table': 'crm_event',
                    },
                ),
                migrations.AddIndex(
                    model_name='event',
                    index=models.Index(fields=['contact', '-occurred_at'], name='event_of_contact'),
                ),
                migrations.AddIndex(
                    model_name='event',
                    index=models.Index(fields=['visitor', '-occurred_at'], name='event_of_visitor'),
                ),
                migrations.AddIndex(
                    model_name='event',
                    index=models.Index(fields=['workspace', 'kind', 'subject_id', 'occurred_at'], name='event_by_kind'),
                ),
                migrations.AddIndex(
                    model_name='event',
                    index=models.Index(fields=['xid', 'id'], name='event_in_commit_order'),
                ),
            ],
        ),
    ]
