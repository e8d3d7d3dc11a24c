"""People are merged while an automation is at work on them: each waits for what the other holds, and both come through."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction

from campaigns.automations import switching
from campaigns.automations.models import Enrolment
from crm.contacts import merging
from crm.contacts.models import Contact
from crm.models import Workspace
from tests.campaigns.automations.making import START, make, step
from tests.crm.factories import ContactFactory

WAITING = """
SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE datname = current_database() AND NOT granted AND transactionid IS NOT NULL
"""
pytestmark = pytest.mark.django_db(transaction=True)


class Engine(Thread):
    """Holds the walk, as the engine does before it does a step, and asks for the contact half a second later."""

    def __init__(self, walk: Enrolment) -> None:
        super().__init__()
        self.walk, self.holds, self.lost = walk, Event(), False

    def run(self) -> None:
        try:
            with transaction.atomic():
                Enrolment.objects.select_for_update().get(pk=self.walk.pk)
                self.holds.set()
                self.wait_for_the_merger()
                Contact.objects.select_for_update().get(pk=self.walk.contact_id)
        except OperationalError:
            self.lost = True
        finally:
            connection.close()

    def wait_for_the_merger(self) -> None:
        with connection.cursor() as cursor:
            for _try in range(200):
                cursor.execute(WAITING)
                if cursor.fetchone():
                    return
                cursor.execute("SELECT pg_sleep(0.05)")


def test_a_merge_that_loses_against_the_engine_is_done_again(workspace: Workspace) -> None:
    winner, loser = ContactFactory(workspace=workspace), ContactFactory(workspace=workspace)
    automation = make(workspace, step("wait", amount=5), on=None)
    switching.enrol_by_hand(automation, [loser.pk], occasion="1", now=START)
    engine = Engine(Enrolment.objects.get())
    engine.start()
    assert engine.holds.wait(20)
    merging.merge(winner, loser, "user:1")
    engine.join(20)
    loser.refresh_from_db()
    assert (loser.merged_into_id, Enrolment.objects.get().contact_id) == (winner.pk, winner.pk)
    assert not engine.lost, "the engine lost the deadlock, so nothing was tried again"
