"""Waits for a moment: a weekday and hour, a date, or a date that the contact's own field says.

Hours are hours of the business's clock. One that the clocks skip in spring counts as the hour after it, one that comes twice in
autumn as its first, so each is kept once. A moment that has passed already holds nobody up. What a field says is asked again
when the moment has come: if it names a later one by then, the wait goes on till that.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.automations import triggers
from campaigns.automations.models import Passage
from campaigns.automations.steps.base import Batch, Outcome, Said, Step, register
from crm.contacts.models import Contact
from crm.rules.values import isolated
from crm.workspaces.models import Workspace

LAST_YEAR = 2200


def clean_clock(said: Mapping[str, Any]) -> str:
    at = said.get("at", "09:00")
    if not isinstance(at, str) or not triggers.CLOCK.fullmatch(at):
        raise ValidationError({"at": [_("Write an hour such as 09:00.")]})
    return at


def moment(day: date, at: str, workspace: Workspace) -> datetime:
    """An hour of a local day: the first of two, and of a gap the time after it (PEP 495 with fold=0)."""
    return datetime.combine(day, time.fromisoformat(at), tzinfo=workspace.zone)


class UntilWeekdayStep(Step):
    """{"weekdays": [6, 0], "at": "09:00"}: the next of these days, Monday is 0; today too, where the hour is still to come."""

    name: ClassVar = "until_weekday"
    label: ClassVar = gettext_lazy("Wait until a day of the week")
    icon: ClassVar = "calendar"
    tone: ClassVar = "sun"
    group: ClassVar = "wait"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        days = said.get("weekdays", [])
        if not isinstance(days, list) or not all(type(day) is int and 0 <= day <= 6 for day in days):
            raise ValidationError({"weekdays": [_("Choose days of the week.")]})
        return {"weekdays": sorted(set(days)), "at": clean_clock(said)}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        return "" if step["weekdays"] else _("Choose days of the week.")

    def words(self, step: Said, workspace: Workspace) -> str:
        from_sunday = sorted(step["weekdays"], key=lambda day: (day + 1) % 7)
        days = ", ".join(str(WEEKDAYS[day]) for day in from_sunday) or "…"
        return _("Wait until %(days)s at %(at)s") % {"days": days, "at": step["at"]}

    def arrive(self, step: Said, batch: Batch) -> dict[int, datetime]:
        return dict.fromkeys((one.pk for one in batch.people), next_weekday(batch.now, step, batch.workspace))


def next_weekday(now: datetime, step: Said, workspace: Workspace) -> datetime:
    today = now.astimezone(workspace.zone).date()
    ahead = (today + timedelta(days=days) for days in range(8))
    moments = (moment(day, step["at"], workspace) for day in ahead if day.weekday() in step["weekdays"])
    return next((at for at in moments if at >= now), now)


class UntilDateStep(Step):
    """{"date": "2026-12-24", "at": "09:00"}"""

    name: ClassVar = "until_date"
    label: ClassVar = gettext_lazy("Wait until a date")
    icon: ClassVar = "calendar-time"
    tone: ClassVar = "sun"
    group: ClassVar = "wait"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        raw = said.get("date") or ""
        day = read_date(raw) if isinstance(raw, str) else None
        if raw and (day is None or not 2000 <= day.year <= LAST_YEAR):
            raise ValidationError({"date": [_("Choose a date.")]})
        return {"date": day.isoformat() if day else "", "at": clean_clock(said)}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        return "" if step["date"] else _("Choose a date.")

    def words(self, step: Said, workspace: Workspace) -> str:
        day = date_format(date.fromisoformat(step["date"]), "j F Y") if step["date"] else "…"
        return _("Wait until %(days)s at %(at)s") % {"days": day, "at": step["at"]}

    def arrive(self, step: Said, batch: Batch) -> dict[int, datetime]:
        until = moment(date.fromisoformat(step["date"]), step["at"], batch.workspace)
        return dict.fromkeys((one.pk for one in batch.people), until)


class UntilFieldStep(Step):
    """{"field": "f12", "days": -3, "at": "09:00", "yearly": false}: so many days from the date in the contact's field, yearly
    its next anniversary. Who has no date there goes on at once, and the trace says so."""

    name: ClassVar = "until_field"
    label: ClassVar = gettext_lazy("Wait until a date of the contact")
    icon: ClassVar = "calendar-heart"
    tone: ClassVar = "sun"
    group: ClassVar = "wait"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        field, days = said.get("field"), said.get("days", 0)
        if field is not None and (not isinstance(field, str) or field not in dict(triggers.date_fields(workspace))):
            raise ValidationError({"field": [_("Choose a field that holds a date.")]})
        if type(days) is not int or abs(days) > triggers.MAX_DAYS:
            raise ValidationError({"days": [_("Write a whole number of days, up to a year.")]})
        return {"field": field, "days": days, "at": clean_clock(said), "yearly": said.get("yearly") is True}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        is_there = step["field"] in dict(triggers.date_fields(workspace))
        return "" if is_there else _("Choose a field that holds a date.")

    def words(self, step: Said, workspace: Workspace) -> str:
        label = dict(triggers.date_fields(workspace)).get(step["field"], "…")
        values = {"field": isolated(label), "at": step["at"], "days": abs(step["days"])}
        if step["days"] < 0:
            return (
                ngettext(
                    "Wait until %(days)d day before %(field)s, at %(at)s",
                    "Wait until %(days)d days before %(field)s, at %(at)s",
                    values["days"],
                )
                % values
            )
        if step["days"]:
            return (
                ngettext(
                    "Wait until %(days)d day after %(field)s, at %(at)s",
                    "Wait until %(days)d days after %(field)s, at %(at)s",
                    values["days"],
                )
                % values
            )
        return _("Wait until %(field)s, at %(at)s") % values

    def arrive(self, step: Said, batch: Batch) -> dict[int, datetime]:
        return _moments(step, batch, {one.pk: batch.now for one in batch.people})

    def hold(self, step: Said, batch: Batch) -> Mapping[int, datetime]:
        return _moments(step, batch, {one.pk: one.arrived_at for one in batch.people})

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        said = said_by(step["field"], batch)
        lacking = [one.pk for one in batch.people if said[one.contact_id] is None]
        return {pk: Outcome(Passage.Outcome.REFUSED, detail={"reason": "no_date"}) for pk in lacking}

    def detail_words(self, step: Said, passage: Passage, workspace: Workspace) -> str:
        if passage.outcome == Passage.Outcome.REFUSED:
            return _("The contact has no such date, so went on at once")
        return super().detail_words(step, passage, workspace)


def said_by(key: str, batch: Batch) -> dict[int, date | None]:
    """What the field says of each, by contact id."""
    rows = Contact.objects.filter(workspace=batch.workspace, pk__in=batch.contact_ids)
    said = dict(rows.values_list("pk", f"values__{key}"))
    return {pk: read_date(said.get(pk)) for pk in batch.contact_ids}


def _moments(step: Said, batch: Batch, since: Mapping[int, datetime]) -> dict[int, datetime]:
    said = said_by(step["field"], batch)
    found = {one.pk: _moment_of(step, said[one.contact_id], since[one.pk], batch) for one in batch.people}
    return {pk: at for pk, at in found.items() if at}


def _moment_of(step: Said, said: date | None, since: datetime, batch: Batch) -> datetime | None:
    """When the date comes, as seen from `since`, the arrival: an anniversary that has begun by then is next year's."""
    if said is None:
        return None
    if not step["yearly"]:
        return moment(_shifted(said, step["days"]), step["at"], batch.workspace)
    year = since.astimezone(batch.workspace.zone).year
    kept = (_shifted(kept_in(said, year + more), step["days"]) for more in (-1, 0, 1, 2))
    moments = (moment(day, step["at"], batch.workspace) for day in kept)
    return next((at for at in moments if at >= since), None)


def _shifted(day: date, days: int) -> date:
    """As near as the calendar goes: a field may hold the year 1 or 9999."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day


def kept_in(said: date, year: int) -> date:
    """The day on which an anniversary is kept in a year, as the rule language keeps it: 29 February on the 28th."""
    is_lost = (said.month, said.day) == (2, 29) and not isleap(year)
    return date(year, 2, 28) if is_lost else said.replace(year=year)


def read_date(raw: Any) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) and len(raw) == 10 else None
    except ValueError:
        return None


register(UntilWeekdayStep(), UntilDateStep(), UntilFieldStep())
