"""Copies of the mailings that automations send. What was frozen stays as it is, and a copy to be edited takes its place in the
draft; people get the copy once the draft is switched on. A duplicated automation has mails of its own."""

from __future__ import annotations

import copy
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.automations import flow, switching
from campaigns.automations.models import Automation
from campaigns.automations.steps.mailing import MailStep, named
from campaigns.mailings import drafting
from campaigns.mailings.models import Mailing
from crm.workspaces.models import User


@transaction.atomic
def renew(automation: Automation, step_id: str, *, by: User | None, now: datetime) -> Mailing:
    """The copy, for the step of that id. Raises ValidationError where it names no mailing."""
    locked = switching.held(automation)
    draft = copy.deepcopy(locked.draft)
    step = flow.find(draft, step_id)
    mailing = named(step.get("mailing"), locked.workspace) if step and step["type"] == MailStep.name else None
    if step is None or mailing is None:
        raise ValidationError({"mailing": [_("Choose a mailing.")]})
    twin = drafting.duplicate(mailing, by=by)
    step["mailing"] = twin.pk
    switching.save(locked, draft, revision=None, now=now)
    return twin


@transaction.atomic
def duplicate(automation: Automation, *, name: str, by: User | None) -> Automation:
    """A draft with the same flow and a copy of each mail. Raises ValidationError where something in it is gone."""
    draft, twins = copy.deepcopy(automation.draft), {}
    for step in flow.walk(draft["steps"]):
        if step["type"] != MailStep.name or (mailing := named(step["mailing"], automation.workspace)) is None:
            continue
        if mailing.pk not in twins:
            twins[mailing.pk] = drafting.duplicate(mailing, by=by).pk
        step["mailing"] = twins[mailing.pk]
    return switching.create(automation.workspace, name=name[: switching.NAME_LENGTH], draft=draft, by=by)
