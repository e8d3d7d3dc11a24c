"""Verbs on an automation: making, saving a draft, switching on and off, pausing, moving people to what changed, the bin.

    draft -> on <-> paused;  on | paused -> off -> on

Paused stops everything where it stands. Off lets nobody in, and those inside go on to their end. The bin takes everybody out.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.automations import enrolling, flow, gathering, leaving
from campaigns.automations.models import Automation, Enrolment, Version
from campaigns.automations.steps import base
from crm.contacts.identity import one_line
from crm.workspaces.models import User, Workspace

Said = dict[str, Any]
Status = Automation.Status
NAME_LENGTH = 100


def clean_name(raw: Any) -> str:
    name = one_line(raw) if isinstance(raw, str) else ""
    if not name or len(name) > NAME_LENGTH:
        raise ValidationError(
            {"name": [_("Give the automation a name of at most %(limit)s characters.") % {"limit": NAME_LENGTH}]}
        )
    return name


@transaction.atomic
def create(workspace: Workspace, *, name: Any, draft: Mapping[str, Any] | None = None, by: User | None) -> Automation:
    """Raises ValidationError by field."""
    cleaned = flow.clean(draft or flow.empty(), workspace)
    return Automation.objects.create(workspace=workspace, name=clean_name(name), draft=cleaned, created_by=by)


@transaction.atomic
def save(automation: Automation, draft: Mapping[str, Any], *, revision: int | None, now: datetime) -> Automation:
    """Writes the draft; what runs stays as it is. Raises ValidationError, with code "stale" where somebody saved meanwhile."""
    locked = held(automation)
    if revision is not None and revision != locked.revision:
        raise ValidationError(
            _("Somebody else changed this automation meanwhile. Here is how it is now."), code="stale"
        )
    locked.draft = flow.clean(draft, locked.workspace, before=locked.draft)
    locked.revision, locked.updated_at = locked.revision + 1, now
    locked.save(update_fields=["draft", "revision", "updated_at"])
    return locked


@transaction.atomic
def rename(automation: Automation, name: Any, *, now: datetime) -> Automation:
    locked = held(automation)
    locked.name, locked.updated_at = clean_name(name), now
    locked.save(update_fields=["name", "updated_at"])
    return locked


@transaction.atomic
def switch_on(automation: Automation, *, now: datetime, existing: bool = False, move: bool = True) -> Automation:
    """Runs the draft: for people from now on, and with `existing` for those who qualify already.

    Of a flow that changed, people inside are moved to the new one, or with `move=False` finish theirs. Raises ValidationError
    with all that stands in the way.
    """
    locked = held(automation)
    found = flow.problems(locked.draft, locked.workspace)
    if found:
        raise ValidationError([ValidationError(words, code=step or "start") for step, words in found])
    for step in flow.walk(locked.draft["steps"]):
        base.get(step["type"]).begin(step, locked.workspace)
    if locked.is_changed:
        _publish(locked, now)
        if move:
            move_inside(locked, now=now)
    if not locked.is_on:
        locked.switched_at = now
    locked.status, locked.updated_at = Status.ON, now
    if existing:
        locked.gathering = gathering.begin(locked)
    locked.save()
    return locked


def _publish(automation: Automation, now: datetime) -> None:
    number = automation.versions.count() + 1
    automation.version = Version.objects.create(
        automation=automation, number=number, flow=copy.deepcopy(automation.draft), created_at=now
    )


def move_inside(automation: Automation, *, now: datetime) -> tuple[int, int]:
    """People of earlier versions go on in the present one, at the step where they stand; whose step is gone, leaves.

    Returns (moved, left). Nothing is done again: what they have been through stays proved.
    """
    version = automation.version
    assert version is not None
    steps = [step["id"] for step in flow.walk(version.flow["steps"])]
    inside = leaving.inside(automation).exclude(version=version).select_for_update().order_by("pk")
    list(inside.values_list("pk", flat=True))  # holds them
    moved = leaving.inside(automation).exclude(version=version).filter(step__in=steps).update(version=version)
    rest = list(leaving.inside(automation).exclude(version=version))
    if rest:
        leaving.end(automation, rest, state=Enrolment.State.LEFT, reason=Enrolment.Reason.CHANGED, now=now)
    return moved, len(rest)


def pause(automation: Automation, *, now: datetime) -> Automation:
    return _turn(automation, {Status.ON}, Status.PAUSED, now)


def resume(automation: Automation, *, now: datetime) -> Automation:
    """Everybody goes on where they stood; whoever came meanwhile is not let in afterwards."""
    return _turn(automation, {Status.PAUSED}, Status.ON, now)


def switch_off(automation: Automation, *, now: datetime, take_out: bool = False) -> Automation:
    """Nobody enters any more. Those inside go on to the end, or are taken out."""
    locked = _turn(automation, {Status.ON, Status.PAUSED}, Status.OFF, now)
    if take_out:
        leaving.leave_all(locked, reason=Enrolment.Reason.OFF, now=now)
    return locked


@transaction.atomic
def _turn(automation: Automation, origins: set[Status], status: Status, now: datetime) -> Automation:
    locked = held(automation)
    if locked.status not in origins:
        words = _("This cannot be done while the automation is: %(status)s.") % {"status": locked.get_status_display()}
        raise ValidationError(words, code="status")
    locked.status, locked.updated_at, locked.gathering = status, now, None if status == Status.OFF else locked.gathering
    locked.switched_at = now if status == Status.ON else locked.switched_at
    locked.save(update_fields=["status", "updated_at", "gathering", "switched_at"])
    return locked


def bin(automation: Automation, *, now: datetime) -> None:
    """Thirty days in the bin, switched off; everybody inside is taken out."""
    with transaction.atomic():
        locked = held(automation)
        locked.status = Status.DRAFT if locked.status == Status.DRAFT else Status.OFF
        locked.deleted_at, locked.gathering = now, None
        locked.save(update_fields=["status", "deleted_at", "gathering"])
    leaving.leave_all(locked, reason=Enrolment.Reason.OFF, now=now)


def restore(automation: Automation) -> None:
    """Back from the bin, as it was left: switched off."""
    Automation.objects.filter(pk=automation.pk).update(deleted_at=None)


@transaction.atomic
def enrol_by_hand(automation: Automation, contact_ids: list[int], *, occasion: str, now: datetime) -> list[int]:
    """Lets these people in, as REST and members ask. Raises ValidationError where it is not running."""
    fresh = Automation.objects.select_related("workspace", "version").get(pk=automation.pk)
    if not fresh.is_on or fresh.version is None or fresh.deleted_at:
        raise ValidationError(_("The automation is not running. Switch it on first."), code="status")
    came = [enrolling.Came(pk, occasion, event_at=now) for pk in sorted(set(contact_ids))]
    return enrolling.enrol(fresh, fresh.version, came, now=now)


def held(automation: Automation) -> Automation:
    """The row, kept from others until the end of the transaction."""
    rows = Automation.objects.select_for_update(of=("self",)).select_related("workspace", "version")
    return rows.get(pk=automation.pk)
