"""Two contacts are one person: they took part in what either took part in."""

from __future__ import annotations

from typing import Any

from crm.contacts.merging import register_merger
from crm.contacts.models import Contact
from surveys.models import Participation


def merge(winner: Contact, loser: Contact) -> list[int]:
    """Moves the loser's participations where the winner has none; returns their ids. What waits names the loser until it is
    counted, and then the winner (tallying.py)."""
    had = Participation.objects.filter(contact=winner).values("survey_id")
    moved = list(Participation.objects.filter(contact=loser).exclude(survey__in=had).values_list("pk", flat=True))
    Participation.objects.filter(pk__in=moved).update(contact=winner)
    return moved


def unmerge(winner: Contact, loser: Contact, memo: Any) -> None:
    Participation.objects.filter(pk__in=memo or [], contact=winner).update(contact=loser)


register_merger("surveys", merge, unmerge)
