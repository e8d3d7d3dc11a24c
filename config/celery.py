"""Celery, and the clock: everything that happens by itself stands in BEAT.

The broker is a doorbell. A task only wakes a verb that reads its work from PostgreSQL, so an emptied broker loses nothing:
the next tick of the clock rings again.
"""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab, schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mashpech")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        *("crm.workspaces", "crm.timeline", "crm.contacts", "crm.consent", "crm.notes", "crm.imports", "crm.segments"),
        *("crm.bulk", "campaigns.mailings", "campaigns.automations", "surveys"),
    ]
)


def every(seconds: float) -> schedule:
    return schedule(run_every=seconds)


app.conf.beat_schedule = {
    "prepare partitions": {"task": "crm.timeline.tasks.prepare_partitions", "schedule": crontab(hour=3, minute=10)},
    "empty the bin": {"task": "crm.contacts.tasks.empty_bin", "schedule": crontab(hour=3, minute=40)},
    "settle indexes of fields": {"task": "crm.contacts.tasks.settle_indexes", "schedule": every(60)},
    "segments follow what happened": {"task": "crm.segments.tasks.follow", "schedule": every(2)},
    "work out segments that are due": {"task": "crm.segments.tasks.refresh_due", "schedule": every(3)},
    "note sizes of segments": {"task": "crm.segments.tasks.note_sizes", "schedule": crontab(minute=50)},
    "go on with bulk acts": {"task": "crm.bulk.tasks.work", "schedule": every(5)},
    "forget old bulk acts": {"task": "crm.bulk.tasks.forget", "schedule": crontab(hour=3, minute=50)},
    "empty the bin of notes": {"task": "crm.notes.tasks.empty_bin", "schedule": crontab(hour=3, minute=50)},
    "remind of tasks": {"task": "crm.notes.tasks.remind", "schedule": every(60)},
    "work on imports": {"task": "crm.imports.tasks.work", "schedule": every(2)},
    "drop what imports read": {"task": "crm.imports.tasks.purge", "schedule": crontab(hour=4, minute=10)},
    "add up counts of people": {"task": "crm.contacts.tasks.add_up_counts", "schedule": every(60)},
    "search duplicates": {"task": "crm.contacts.tasks.search_duplicates", "schedule": crontab(hour=4, minute=10)},
    "send confirmations": {"task": "crm.consent.tasks.send_confirmations", "schedule": every(5)},
    "write erasures": {"task": "crm.consent.tasks.write_erasures", "schedule": every(60)},
    "forget answers": {"task": "crm.workspaces.tasks.forget_answers", "schedule": crontab(minute=25)},
    "send what is due": {"task": "campaigns.mailings.tasks.send_due", "schedule": every(5)},
    "go on with automations": {"task": "campaigns.automations.tasks.work", "schedule": every(2)},
    "run errands of automations": {"task": "campaigns.automations.tasks.run_errands", "schedule": every(5)},
    "count anonymous answers": {"task": "surveys.tasks.count_waiting", "schedule": every(5)},
    "count scores anew": {"task": "surveys.tasks.count_scores_anew", "schedule": every(5)},
    "open and close surveys": {"task": "surveys.tasks.keep_time", "schedule": every(60)},
    "reclaim lapsed leases": {"task": "campaigns.mailings.tasks.settle_lapsed", "schedule": every(15)},
}
