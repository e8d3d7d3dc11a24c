"""Ready-made segments: plain rules that an owner takes over, changes and saves as their own.

Each speaks of kinds of activity and conditions that this installation has; what nobody here records is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.rules import criteria
from crm.rules.criteria import Node
from crm.rules.faults import Text
from crm.timeline import kinds

DEEDS = ("page.viewed", "form.submitted", "mailing.opened", "mailing.clicked", "survey.answered", "order.placed")
ACTIVE_DAYS, DORMANT_DAYS, NEGLECTED_DAYS, SHARING_DAYS = 30, 90, 60, 180


@dataclass(frozen=True, slots=True)
class Ready:
    """`why` says in one sentence whom it holds and what it is good for."""

    key: str
    name: Text
    why: Text
    icon: str
    make: Callable[[], Node]

    @property
    def rule(self) -> Node:
        return self.make()


def find(key: str) -> Ready | None:
    return next((ready for ready in READY if ready.key == key), None)


def _did(days: int, *names: str) -> list[Node]:
    return [{"event": name, "within_days": days} for name in names if kinds.known(name)]


def _advocates() -> Node:
    brought = [{"referral": "brought"}] if criteria.named("referral") else []
    shared: list[Any] = [{**node, "times": [">=", 2]} for node in _did(SHARING_DAYS, "share.clicked")]
    return {"any": [*brought, *shared]}


def _active() -> Node:
    return {"any": _did(ACTIVE_DAYS, *DEEDS)}


def _dormant() -> Node:
    here_long = {"field": "created_at", "op": "older", "value": DORMANT_DAYS}
    return {"all": [here_long, {"none": _did(DORMANT_DAYS, *DEEDS)}]}


def _neglected() -> Node:
    here_long = {"field": "created_at", "op": "older", "value": NEGLECTED_DAYS}
    written_to = _did(NEGLECTED_DAYS, "mailing.sent")
    silent: list[Node] = [{"none": written_to}] if written_to else []
    return {"all": [{"consent": "email"}, here_long, *silent]}


READY = (
    Ready(
        "advocates",
        _("Advocates"),
        _("Brought a friend, or shared at least twice in the last half year. Thank them, and give them more to share."),
        "user-heart",
        _advocates,
    ),
    Ready(
        "active",
        _("Active people"),
        _("Did something with you in the last 30 days: visited, opened, clicked, sent a form, bought."),
        "bolt",
        _active,
    ),
    Ready(
        "dormant",
        _("Dormant"),
        _("With you for more than 90 days, and did nothing in all of the last 90. Worth one good reason to come back."),
        "moon",
        _dormant,
    ),
    Ready(
        "neglected",
        _("Neglected"),
        _(
            "With you for more than 60 days and agreed to receive e-mail, but nothing was written to them in the last 60 days."
        ),
        "hourglass",
        _neglected,
    ),
)
