"""What the screens say of an act: how far it is, what became of whom, who did it and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.bulk import describing
from crm.bulk.models import BulkAct, BulkRow
from crm.workspaces.models import User, Workspace

NEWS_DAYS = 3  # how long the list tells how an act ended, to who did not look
MOST_NEWS = 3
Outcome = BulkRow.Outcome
# the name in the URL -> the outcomes of rows; who was changed by an act stays so when it is undone
OUTCOMES: dict[str, tuple[str, ...]] = {
    "changed": (Outcome.CHANGED, Outcome.UNDONE, Outcome.KEPT),
    "same": (Outcome.SAME,),
    "refused": (Outcome.REFUSED,),
    "undone": (Outcome.UNDONE,),
    "kept": (Outcome.KEPT,),
}
WORDS = {
    "changed": gettext_lazy("Were changed"),
    "same": gettext_lazy("Were so already"),
    "refused": gettext_lazy("Left out because they were taken off this list before"),
    "gone": gettext_lazy("Were deleted before their turn came"),
    "undone": gettext_lazy("Undone"),
    "kept": gettext_lazy("Changed since, so left as they are"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the balance. `has_people` where the people behind it can still be shown."""

    name: str
    words: str
    count: int
    has_people: bool


@dataclass(frozen=True, slots=True)
class Told:
    heading: SafeString
    whom: SafeString | str
    value: str
    figures: list[Figure]
    done: int
    goal: int
    share: int  # whole percent
    phase: str


def words_of(outcome: str) -> str:
    return str(WORDS[outcome])


def told(act: BulkAct) -> Told:
    done, goal = (act.taken_back, act.changed) if act.is_undo else (act.settled, act.total)
    share = 100 * done // goal if goal else 0
    return Told(
        describing.heading_of(act), describing.whom_of(act), describing.value_of(act), figures(act), done, goal, share,
        _phase(act),
    )  # fmt: skip


def figures(act: BulkAct) -> list[Figure]:
    """What became of the people; numbers that are nobody are left out, but for the first."""
    has_rows = timezone.now() < act.undo_until
    found = []
    for name in ("changed", "same", "refused", "gone", "undone", "kept"):
        count = getattr(act, name)
        if count or name == "changed":
            found.append(Figure(name, words_of(name), count, bool(count) and has_rows and name in OUTCOMES))
    return found


def _phase(act: BulkAct) -> str:
    """What is going on, in a few words."""
    return {
        BulkAct.Status.WAITING: _("Gathering the people"),
        BulkAct.Status.RUNNING: _("Being done"),
        BulkAct.Status.UNDOING: _("Being undone"),
    }.get(BulkAct.Status(act.status), str(act.get_status_display()))


def strip(workspace: Workspace, user: User) -> dict[str, Any]:
    """{"acts", "moving"}: acts for the top of the list: those that move, and those of this member that ended unseen."""
    lately = timezone.now() - timedelta(days=NEWS_DAYS)
    news = Q(created_by=user, seen_at=None, finished_at__gte=lately)
    acts = BulkAct.objects.filter(Q(status__in=BulkAct.MOVING) | news, workspace=workspace, created_at__gte=lately)
    found = list(acts.order_by("-created_at", "-id")[:MOST_NEWS])
    rows = [{"act": act, "told": brief(act)} for act in found]
    return {"acts": rows, "moving": any(act.is_moving for act in found)}


def brief(act: BulkAct) -> dict[str, Any]:
    """For a line: no question to the database."""
    done, goal = (act.taken_back, act.changed) if act.is_undo else (act.settled, act.total)
    ended = describing.undone_of(act) if act.is_undo else describing.result_of(act)
    return {
        "heading": describing.heading_of(act),
        "done": done,
        "goal": goal,
        "phase": _phase(act),
        "ended": act.trouble if act.status == BulkAct.Status.FAILED else ended,
    }
