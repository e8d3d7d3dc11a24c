"""The demo's automation: the reply to the satisfaction survey, made from the template and walked by the engine itself.

Everybody who answered walks at once, as those who qualify already would; then the hours of their walks are put where their
answers are. The engine's own constraint keeps the running product from letting them in again.
"""

from __future__ import annotations

import time

from django.db import connection, transaction

from campaigns.automations import enrolling, moving, ready, switching, triggering
from campaigns.automations.models import Automation
from campaigns.mailings.models import Delivery, Mailing
from config.demo.clock import Clock
from config.demo.log import Log
from config.demo.story import Story
from crm.timeline.models import Event
from crm.workspaces.models import User, Workspace
from surveys.models import Survey

OPENERS = 3  # all but every third open it
WALKED = """
UPDATE campaigns_enrolment SET entered_at = event_at, arrived_at = event_at, ended_at = event_at + interval '1 minute'
WHERE automation_id = %(automation)s
"""
PASSED = """
UPDATE campaigns_passage p SET arrived_at = e.event_at, at = e.event_at + interval '1 minute'
FROM campaigns_enrolment e WHERE e.id = p.enrolment_id AND e.automation_id = %(automation)s
"""
TOLD = """
UPDATE crm_event v SET occurred_at = e.event_at + interval '1 minute'
FROM campaigns_enrolment e WHERE e.automation_id = %(automation)s AND v.workspace_id = %(workspace)s
    AND v.contact_id = e.contact_id AND v.actor LIKE 'automation:%%'
"""
DELIVERED = """
UPDATE campaigns_delivery d SET finished_at = e.event_at + interval '2 minutes'
FROM campaigns_enrolment e WHERE e.automation_id = %(automation)s AND d.contact_id = e.contact_id AND d.mailing_id = %(mailing)s
"""


class Replies:
    def __init__(self, workspace: Workspace, story: Story, clock: Clock, owner: User) -> None:
        self.workspace, self.story, self.clock, self.owner = workspace, story, clock, owner

    def tell(self, survey: Survey) -> Automation:
        template = ready.find("satisfaction")
        assert template is not None
        automation = ready.make(
            template, self.workspace, name=self.story.words["reply"], by=self.owner, about=survey.pk
        )
        automation = switching.switch_on(automation, now=self.clock.start)
        self._walk(automation, survey)
        mailing = Mailing.objects.get(workspace=self.workspace, is_automatic=True)
        self._arrive(mailing)
        self._date(automation, mailing)
        self._read(mailing)
        Automation.objects.filter(pk=automation.pk).update(created_at=self.clock.start, updated_at=self.clock.start)
        return automation

    def _walk(self, automation: Automation, survey: Survey) -> None:
        answered = Event.objects.filter(workspace=self.workspace, kind="survey.answered", subject_id=survey.pk)
        now, version = self.clock.now, automation.version
        assert version is not None
        came = [
            triggering.came_by(event, event.contact_id or 0, now) for event in answered.order_by("occurred_at", "pk")
        ]
        with transaction.atomic():
            enrolling.enrol(automation, version, came, now=now)
        while moving.move(now, until=time.monotonic() + 60):
            pass

    def _arrive(self, mailing: Mailing) -> None:
        """Along the ledger's arrows."""
        rows = Delivery.objects.filter(mailing=mailing, state="queued")
        ids = list(rows.values_list("pk", flat=True))
        everyone = Delivery.objects.filter(pk__in=ids)
        everyone.update(state="claimed", lease_until=self.clock.now)
        everyone.update(state="sending", attempts=1)
        everyone.update(state="accepted", reply_code=250, reply_text="OK", lease_until=None, finished_at=self.clock.now)
        Mailing.objects.filter(pk=mailing.pk).update(
            started_at=self.clock.start, created_at=self.clock.start, updated_at=self.clock.start
        )

    def _date(self, automation: Automation, mailing: Mailing) -> None:
        about = {"automation": automation.pk, "workspace": self.workspace.pk, "mailing": mailing.pk}
        with connection.cursor() as cursor:
            for statement in (WALKED, PASSED, TOLD, DELIVERED):
                cursor.execute(statement, about)

    def _read(self, mailing: Mailing) -> None:
        """The reply to one's own words is opened by most, and soon."""
        log = Log(self.workspace)
        arrived = Delivery.objects.filter(mailing=mailing, state="accepted", finished_at__isnull=False)
        for place, (contact, finished_at) in enumerate(arrived.order_by("pk").values_list("contact_id", "finished_at")):
            at = finished_at or self.clock.now
            log.add("mailing.sent", at, contact=contact, subject=mailing, actor="system")
            if place % OPENERS:
                log.add("mailing.opened", self.clock.soon(at, hours=14), contact=contact, subject=mailing)
        log.write()
