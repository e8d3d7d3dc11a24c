"""The undo of taking out: what was taken out of a draft is kept in the automation's row, the last of it first."""

from __future__ import annotations

from typing import Any

from campaigns.automations import arranging, flow
from campaigns.automations.models import Automation

Said = dict[str, Any]


def keep(automation: Automation, step: Said, at: str) -> None:
    """`at` is the place where it goes in again; "" where the step is still there and lost something of its own."""
    entry = {"step": step, "at": at}
    others = [one for one in _fresh(automation) if one["step"]["id"] != step["id"]]
    Automation.objects.filter(pk=automation.pk).update(taken_out=[entry, *others][: arranging.KEPT])


def kept(automation: Automation, identifier: str) -> Said | None:
    return next((one for one in _fresh(automation) if one["step"]["id"] == identifier), None)


def put_back(automation: Automation, draft: Said, identifier: str) -> None:
    """As it was; at the end, where its place is gone meanwhile. Raises NoSuchPlace where nothing is kept."""
    entry = kept(automation, identifier)
    if entry is None:
        raise arranging.NoSuchPlace(identifier)
    held = flow.find(draft, identifier)
    if held is not None:
        held.clear()
        held.update(entry["step"])
    elif entry["at"] and arranging.is_open_to(draft, entry["at"]):
        arranging.put_in(draft, entry["step"], entry["at"])
    else:
        draft["steps"].append(entry["step"])


def _fresh(automation: Automation) -> list[Said]:
    return list(Automation.objects.values_list("taken_out", flat=True).get(pk=automation.pk))
