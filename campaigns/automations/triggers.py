"""What starts an automation: something that happened to the person, or a day of theirs that has come.

    {"on": "event", "event": "mailing.clicked", "subject": 3, "part": 1}
    {"on": "date", "field": "f12", "yearly": true, "hebrew": false, "days": -7, "at": "09:00"}

`days` counts from the day itself; a yearly one keeps birthdays as the rule language keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.contacts.models import CustomField, FieldType
from crm.rules import grammar, reading
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.rules.remembering import remember
from crm.rules.values import isolated
from crm.timeline import kinds
from crm.timeline.models import Event
from crm.workspaces.models import Workspace

Said = dict[str, Any]
OWN = "automation."  # what an automation records of itself starts nothing
ABOUT = ("event", "subject", "part")
CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
MAX_DAYS = 366
NOW_TRUE: dict[str, str] = {"list.joined": "list", "segment.entered": "segment"}  # what holds since, by the rule's word


def offered(workspace: Workspace) -> Iterator[kinds.Kind]:
    """The kinds of event that can start an automation."""
    yield from (kind for kind in kinds.every() if not kind.name.startswith(OWN))


def clean(raw: Any, workspace: Workspace) -> Said:
    """Raises ValidationError by field."""
    cleaners = {"event": _clean_event, "date": _clean_date}
    if not isinstance(raw, Mapping) or raw.get("on") not in cleaners:
        raise ValidationError({"on": [_("Choose what starts it.")]})
    return cleaners[raw["on"]](raw, workspace)


def _clean_event(raw: Mapping[str, Any], workspace: Workspace) -> Said:
    asked = {key: raw[key] for key in ABOUT if raw.get(key) is not None}
    if not asked.get("event"):
        raise ValidationError({"event": [_("Choose what starts it.")]})
    if str(asked["event"]).startswith(OWN):
        raise ValidationError({"event": [_("An automation cannot be started by itself.")]})
    try:
        return {"on": "event", **grammar.clean(asked, workspace)}
    except RuleError as error:
        raise ValidationError({error.path or "event": error.messages}) from None


def _clean_date(raw: Mapping[str, Any], workspace: Workspace) -> Said:
    field, days, at = raw.get("field"), raw.get("days", 0), raw.get("at", "09:00")
    if not isinstance(field, str) or field not in {str(key) for key, _label in date_fields(workspace)}:
        raise ValidationError({"field": [_("Choose a field that holds a date.")]})
    if type(days) is not int or abs(days) > MAX_DAYS:
        raise ValidationError({"days": [_("Write a whole number of days, up to a year.")]})
    if not isinstance(at, str) or not CLOCK.fullmatch(at):
        raise ValidationError({"at": [_("Write an hour such as 09:00.")]})
    yearly, hebrew = raw.get("yearly") is True, raw.get("hebrew") is True
    return {"on": "date", "field": field, "yearly": yearly, "hebrew": hebrew and yearly, "days": days, "at": at}


def date_fields(workspace: Workspace) -> list[tuple[str, str]]:
    fields = CustomField.objects.active().filter(workspace=workspace, type=FieldType.DATE)
    return [(field.storage_key, field.label) for field in fields]


def lacks(trigger: Said, workspace: Workspace) -> str:
    """Why it could never start anything; "" where it can."""
    if trigger["on"] == "date" and trigger["field"] not in dict(date_fields(workspace)):
        return _("The date field that starts it is not there any more.")
    is_about = "subject" in trigger and kinds.known(trigger["event"]) and kinds.get(trigger["event"]).subjects
    if is_about and trigger["subject"] not in subjects_of(trigger["event"], workspace):
        return _("What starts it is not there any more.")
    return ""


def fits(trigger: Said, event: Event) -> bool:
    """Whether the event is what the trigger waits for; robots start nothing."""
    return trigger["on"] == "event" and matches(about(trigger), event)


def about(said: Mapping[str, Any]) -> tuple[str, int | None, int | None]:
    return said["event"], said.get("subject"), said.get("part")


def matches(asked: tuple[str, int | None, int | None], event: Event) -> bool:
    kind, subject, part = asked
    if event.kind != kind or (subject is not None and event.subject_id != subject):
        return False
    return part is None or event.properties.get(kinds.get(kind).part_property) == part


def already(trigger: Said) -> Node | None:
    """The rule of who qualifies before anything more happens; None where only what comes counts (days do)."""
    if trigger["on"] == "date":
        return None
    word = NOW_TRUE.get(trigger["event"])
    if word:
        return {word: trigger["subject"]} if "subject" in trigger else None
    return {key: trigger[key] for key in ABOUT if key in trigger}


def words(trigger: Said, workspace: Workspace) -> str:
    """In one line: "Answered a survey (Satisfaction)"."""
    if trigger["on"] == "date":
        return _date_words(trigger, workspace)
    if not kinds.known(trigger["event"]):
        return _("(removed)")
    kind = kinds.get(trigger["event"])
    said = [str(kind.label)]
    if "subject" in trigger:
        listing = subjects_of(kind.name, workspace)
        said.append(_("(%(subject)s)") % {"subject": isolated(listing.get(trigger["subject"], _("(removed)")))})
    if "part" in trigger and kind.parts:
        parts = dict(kind.parts(workspace, trigger["subject"]))
        said.append(_("(%(subject)s)") % {"subject": isolated(parts.get(trigger["part"], _("(removed)")))})
    return " ".join(said)


def subjects_of(event: str, workspace: Workspace) -> dict[int, str]:
    """What activities of that kind are about, by id; asked once, however many triggers of a screen name it."""
    listing = kinds.get(event).subjects
    return remember(("subjects", workspace.pk, event), lambda: dict(listing(workspace))) if listing else {}


def _date_words(trigger: Said, workspace: Workspace) -> str:
    dates = remember(("date fields", workspace.pk), lambda: dict(date_fields(workspace)))
    label = dates.get(trigger["field"], _("(removed)"))
    values = {"field": isolated(label), "at": trigger["at"], "days": abs(trigger["days"])}
    if trigger["days"] < 0:
        said = ngettext(
            "%(days)d day before %(field)s, at %(at)s", "%(days)d days before %(field)s, at %(at)s", values["days"]
        )
    elif trigger["days"]:
        said = ngettext(
            "%(days)d day after %(field)s, at %(at)s", "%(days)d days after %(field)s, at %(at)s", values["days"]
        )
    else:
        said = _("On the day of %(field)s, at %(at)s")
    every = (
        _("every year by the Hebrew calendar") if trigger["hebrew"] else _("every year") if trigger["yearly"] else ""
    )
    return said % values + (f", {every}" if every else "")


def rule_lacks(rule: Node, workspace: Workspace) -> str:
    """What a condition speaks of that is not there any more; "" where it is sound."""
    try:
        grammar.clean(rule or {}, workspace)
    except RuleError as error:
        return _("A condition cannot be asked any more: %(why)s") % {"why": " ".join(error.messages)}
    return ""


def rule_words(rule: Node, workspace: Workspace) -> str:
    return str(reading.read(rule, workspace)) if rule else ""
