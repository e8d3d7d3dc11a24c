"""Two contacts are one person: the walks of the one go on as the other's.

A walk stays behind where the winner came by the same thing before, or is inside an automation that nobody walks twice at once:
there the winner's goes on, and the loser's ends. What was moved and what was ended is given back when the merge is undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from campaigns.automations import leaving
from campaigns.automations.models import Automation, Enrolment
from crm.contacts.merging import register_merger
from crm.contacts.models import Contact

State = Enrolment.State


def merge(winner: Contact, loser: Contact) -> dict[str, Any]:
    rows = Enrolment.objects.select_for_update().filter(contact__in=[winner.pk, loser.pk]).order_by("pk")
    walks = list(rows)
    theirs = [one for one in walks if one.contact_id == loser.pk]
    had = [one for one in walks if one.contact_id == winner.pk]
    moving = [one for one in theirs if not _clashes(one, had)]
    staying = [one for one in theirs if one not in moving and one.state in Enrolment.INSIDE]
    Enrolment.objects.filter(pk__in=[one.pk for one in moving]).update(contact=winner)
    ended = [[one.pk, one.state, one.due_at.isoformat() if one.due_at else None, one.trouble] for one in staying]
    _end(staying, timezone.now())
    return {"moved": [one.pk for one in moving], "ended": ended}


def _clashes(one: Enrolment, had: Sequence[Enrolment]) -> bool:
    same = [other for other in had if other.automation_id == one.automation_id]
    is_busy = one.is_alone and one.state in Enrolment.INSIDE
    return any(
        other.occasion == one.occasion or (is_busy and other.is_alone and other.state in Enrolment.INSIDE)
        for other in same
    )


def _end(people: Sequence[Enrolment], now: datetime) -> None:
    automations = Automation.objects.in_bulk({one.automation_id for one in people})
    for pk, automation in automations.items():
        group = [one for one in people if one.automation_id == pk]
        leaving.end(automation, group, state=State.LEFT, reason=Enrolment.Reason.MERGED, now=now)


def unmerge(winner: Contact, loser: Contact, memo: Any) -> None:
    said = memo or {}
    Enrolment.objects.filter(pk__in=said.get("moved", ()), contact=winner).update(contact=loser)
    ours = Enrolment.objects.filter(contact=loser, state=State.LEFT, reason=Enrolment.Reason.MERGED)
    for pk, state, due_at, trouble in said.get("ended", ()):
        due = parse_datetime(due_at) if due_at else None
        ours.filter(pk=pk).update(state=state, due_at=due, trouble=trouble, reason="", ended_at=None)


register_merger("automations", merge, unmerge, covers=["campaigns.Enrolment.contact"])
