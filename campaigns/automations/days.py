"""Birthdays, anniversaries and dates: each local day is looked at once, when its hour has come.

A clock that was stopped catches up with the days it missed, at most GRACE_DAYS: a greeting a week late is worse than none. An
hour that does not exist on the night the clocks go forward counts as the one after it, and one that comes twice as its first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from campaigns.automations import enrolling, triggering
from campaigns.automations.enrolling import Came
from campaigns.automations.models import Automation, Day, Version
from crm.contacts.models import Contact
from crm.rules import anniversaries
from crm.workspaces.models import Workspace

GRACE_DAYS = 2
Said = dict[str, Any]


def let_in(now: datetime) -> int:
    """Whoever's day has come, of every automation that is on; returns how many entered."""
    running = Automation.objects.filter(status=Automation.Status.ON, deleted_at=None, version__isnull=False)
    dated = running.filter(version__flow__triggers__contains=[{"on": "date"}]).select_related("workspace", "version")
    return sum(_let_in(automation, place, day, now) for automation in dated for place, day in due(automation, now))


def due(automation: Automation, now: datetime) -> Iterator[tuple[int, date]]:
    """(place of the trigger, local day) whose hour has come since it was switched on, and that was not looked at yet."""
    if automation.version is None:
        return
    today = now.astimezone(automation.workspace.zone).date()
    recent = Day.objects.filter(automation=automation, day__gte=today - timedelta(days=GRACE_DAYS))
    looked = set(recent.values_list("place", "day"))
    for place, trigger in enumerate(automation.version.flow["triggers"]):
        for back in range(GRACE_DAYS, -1, -1):
            day = today - timedelta(days=back)
            begins = moment(day, trigger["at"], automation.workspace) if trigger["on"] == "date" else None
            if begins and (automation.switched_at or begins) <= begins <= now and (place, day) not in looked:
                yield place, day


def moment(day: date, at: str, workspace: Workspace) -> datetime:
    """An hour of a local day. PEP 495: fold=0 is the first of two, and of a gap a time after it once it is made absolute."""
    return datetime.combine(day, time.fromisoformat(at), tzinfo=workspace.zone)


def _let_in(automation: Automation, place: int, day: date, now: datetime) -> int:
    version = automation.version
    assert version is not None
    try:
        with transaction.atomic():
            Day.objects.create(automation=automation, place=place, day=day)
            came = celebrating(automation.workspace, version, place, day)
            return len(
                enrolling.enrol(automation, version, triggering.allowed(automation, version, came, now=now), now=now)
            )
    except IntegrityError:  # another worker looked at it meanwhile
        return 0


def celebrating(workspace: Workspace, version: Version, place: int, day: date) -> list[Came]:
    """Who has their day, as seen from the trigger: a week before it means those whose day is in a week."""
    trigger = version.flow["triggers"][place]
    people = (
        Contact.objects.filter(workspace=workspace)
        .alive()
        .extra(where=[_where(trigger)], params=[trigger["field"], kept(trigger, day)])
    )
    said = f"date:{trigger['field']}:{day.isoformat()}"
    at = moment(day, trigger["at"], workspace)
    return [Came(pk, said, event_at=at) for pk in people.order_by("pk").values_list("pk", flat=True)]


def kept(trigger: Said, day: date) -> list[str]:
    """The stored dates, or their ends "MM-DD", that are kept on the day which the trigger speaks of."""
    target = day - timedelta(days=trigger["days"])
    if trigger["hebrew"]:
        return anniversaries.hebrew(target, 0)
    return anniversaries.civil(target, 0) if trigger["yearly"] else [target.isoformat()]


def _where(trigger: Said) -> str:
    stored = '"crm_contact"."values"->>%s'
    return f"right({stored}, 5) = ANY(%s)" if trigger["yearly"] and not trigger["hebrew"] else f"{stored} = ANY(%s)"
