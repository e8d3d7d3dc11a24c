"""Two contacts are one person: they took part in what either took part in, and their answers are one person's."""

from __future__ import annotations

from typing import Any

from crm.contacts.merging import register_merger
from crm.contacts.models import Contact
from surveys.models import Participation, Response

MOVED: dict[str, Any] = {"participations": Participation, "responses": Response}


def merge(winner: Contact, loser: Contact) -> dict[str, list[int]]:
    """Moves what the winner has none of, survey by survey; returns the ids. Of two answers to one survey the winner's
    stays, and the loser's waits with the loser. What waits of an anonymous survey names the loser till it is counted."""
    return {name: _move(model, winner, loser) for name, model in MOVED.items()}


def _move(model: Any, winner: Contact, loser: Contact) -> list[int]:
    had = model.objects.filter(contact=winner).values("survey_id")
    moved = list(model.objects.filter(contact=loser).exclude(survey__in=had).values_list("pk", flat=True))
    model.objects.filter(pk__in=moved).update(contact=winner)
    return moved


def unmerge(winner: Contact, loser: Contact, memo: Any) -> None:
    for name, ids in (memo or {}).items():
        MOVED[name].objects.filter(pk__in=ids, contact=winner).update(contact=loser)


register_merger("surveys", merge, unmerge, covers=["surveys.Participation.contact", "surveys.Response.contact"])
