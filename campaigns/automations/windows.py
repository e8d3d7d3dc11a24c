"""The hours in which people are written to: between two hours of the business's day, and not on Shabbat and holidays.

{"since": "09:00", "till": "20:00", "rest": true}      "" for any hour
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.automations import resting
from campaigns.automations.triggers import CLOCK
from crm.workspaces.models import Workspace

Said = dict[str, Any]
DAYS_AHEAD = 14  # no rest is longer


def clean(raw: Mapping[str, Any]) -> Said:
    """Raises ValidationError by field."""
    since, till = raw.get("since") or "", raw.get("till") or ""
    for name, value in (("since", since), ("till", till)):
        if value and not (isinstance(value, str) and CLOCK.fullmatch(value)):
            raise ValidationError({name: [_("Write an hour such as 09:00.")]})
    if bool(since) != bool(till):
        raise ValidationError({"since" if till else "till": [_("Write both hours, or none.")]})
    if since and since >= till:
        raise ValidationError({"till": [_("The later hour comes second.")]})
    return {"since": since, "till": till, "rest": raw.get("rest", True) is True}


def opens(moment: datetime, window: Said, workspace: Workspace) -> datetime:
    """The first moment from this one on in which the window is open."""
    at = moment
    for _turn in range(4 * DAYS_AHEAD):
        later = _after_hours(at, window, workspace)
        later = (resting.ends_after(later) or later) if window["rest"] else later
        if later == at:
            return at
        at = later
    return at


def _after_hours(moment: datetime, window: Said, workspace: Workspace) -> datetime:
    if not window["since"]:
        return moment
    since, till = time.fromisoformat(window["since"]), time.fromisoformat(window["till"])
    local = moment.astimezone(workspace.zone)
    if since <= local.time() < till:
        return moment
    day = local.date() if local.time() < since else local.date() + timedelta(days=1)
    return datetime.combine(day, since, tzinfo=workspace.zone)


def words(window: Said) -> str:
    """In one line, "" for any time."""
    said = [_("between %(since)s and %(till)s") % window] if window["since"] else []
    if window["rest"]:
        said.append(_("not on Shabbat and holidays"))
    return ", ".join(said)
