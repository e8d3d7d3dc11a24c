"""Letting in those who qualify already, a chunk at a time, when the owner asked for it at switching on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.automations import enrolling, triggers
from campaigns.automations.enrolling import Came
from campaigns.automations.models import Automation
from crm.contacts.models import Contact, ContactQuerySet
from crm.rules.criteria import Node
from crm.segments import matching

CHUNK = 2000


def rule_of(automation: Automation, said: dict[str, Any]) -> Node | None:
    """Who qualifies already by one of the triggers and by the flow's condition; None where no trigger can say."""
    known = [node for trigger in said["triggers"] if (node := triggers.already(trigger)) is not None]
    if not known:
        return None
    return {"all": [{"any": known}, *([said["rule"]] if said["rule"] else [])]}


def count(automation: Automation) -> int | None:
    """How many the present draft would let in at once; None where the question makes no sense."""
    rule = rule_of(automation, automation.draft)
    return None if rule is None else people_of(automation, rule).count()


def people_of(automation: Automation, rule: Node) -> ContactQuerySet:
    return matching.contacts(automation.workspace, rule)


def begin(automation: Automation) -> dict[str, Any] | None:
    """Whom to gather, to be kept in the automation's row; the last contact there is now ends it."""
    rule = rule_of(automation, automation.draft)
    newest = Contact.objects.filter(workspace=automation.workspace).order_by("-pk").values_list("pk", flat=True).first()
    return {"rule": rule, "up_to": 0, "until": newest} if rule is not None and newest else None


def gather(now: datetime) -> int:
    """One chunk of every automation that still gathers; returns how many people were looked at."""
    rows = Automation.objects.filter(status=Automation.Status.ON, gathering__isnull=False, deleted_at=None)
    return sum(_gather(pk, now) for pk in rows.values_list("pk", flat=True))


@transaction.atomic
def _gather(pk: int, now: datetime) -> int:
    rows = Automation.objects.select_for_update(of=("self",), skip_locked=True).select_related("workspace", "version")
    automation = rows.filter(pk=pk, status=Automation.Status.ON, gathering__isnull=False).first()
    if automation is None or automation.version is None or automation.gathering is None:
        return 0
    said = automation.gathering
    people = people_of(automation, said["rule"]).filter(pk__gt=said["up_to"], pk__lte=said["until"])
    ids = list(people.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    occasion = f"existing:{automation.version.number}"
    enrolling.enrol(automation, automation.version, [Came(one, occasion, event_at=now) for one in ids], now=now)
    automation.gathering = {**said, "up_to": ids[-1]} if len(ids) == CHUNK else None
    automation.save(update_fields=["gathering"])
    return len(ids)
