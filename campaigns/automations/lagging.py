"""How far the reading of the log is behind, for waits that end by an hour: what happened before that hour counts, however late
it is read. So whoever waits for something that is still to be read stays until it was.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.db.models import Q

from campaigns.automations import flow
from campaigns.automations.models import Version
from campaigns.automations.steps import base
from campaigns.automations.triggering import CURSOR
from crm.timeline import consuming

MOST = 50_000  # events that are looked through; where more are to be read, nobody's hope ends before they were


class Lag:
    """Asked of the log once, and only where somebody's time is over."""

    @cached_property
    def _ahead(self) -> dict[tuple[int, str], datetime] | None:
        return consuming.ahead(CURSOR, most=MOST)

    def over(self, version: Version, step_id: str) -> Q:
        """Whose wait at this step may end now, among those who are due."""
        step = flow.find(version.flow, step_id)
        asked = base.get(step["type"]).awaits(step) if step else None
        if asked is None:
            return Q()
        if self._ahead is None:
            return Q(woken__isnull=False)
        unread = self._ahead.get((version.automation.workspace_id, asked[0]))
        return Q(woken__isnull=False) | Q(due_at__lte=unread) if unread else Q()


class Caught(Lag):
    """Of somebody who reads as they go, as a rehearsal does."""

    def over(self, version: Version, step_id: str) -> Q:
        return Q()
