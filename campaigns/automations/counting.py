"""What became of people at each step of an automation, over all its versions: entered, waiting, done, not done, failed, left.

Two statements, whatever the number of steps. Who entered a step has been through it, stands there, or left
while standing there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from campaigns.automations.models import Automation, Enrolment, Passage

State, Reason = Enrolment.State, Enrolment.Reason
ON_THE_WAY = ("", Reason.STOPPED)  # whose last step was done; for any other reason somebody left before it
NO_PATH = "none"  # ids of paths are longer
WHICH = ("entered", "waiting", "done", "refused", "stuck", "left")


@dataclass(slots=True)
class StepCount:
    """`done` are all who have been through it, `refused` those of them for whom it was not done; `paths` by the path's id."""

    waiting: int = 0
    stuck: int = 0
    done: int = 0
    refused: int = 0
    left: int = 0
    paths: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def entered(self) -> int:
        return self.done + self.waiting + self.stuck + self.left

    def add(self, other: StepCount) -> None:
        for name in ("waiting", "stuck", "done", "refused", "left"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for path, number in other.paths.items():
            self.paths[path] += number

    def share(self, path: str) -> float:
        """Of those who chose, in per cent."""
        return 100 * self.paths.get(path, 0) / self.done if self.done else 0.0


@dataclass(slots=True)
class Counts:
    """Walks by how they stand. `goal` are those of the finished whose goal was reached."""

    active: int = 0
    stuck: int = 0
    done: int = 0
    goal: int = 0
    left: int = 0
    steps: dict[str, StepCount] = field(default_factory=lambda: defaultdict(StepCount))

    @property
    def entered(self) -> int:
        return self.active + self.stuck + self.done + self.left

    def add(self, other: Counts) -> None:
        for name in ("active", "stuck", "done", "goal", "left"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for step, count in other.steps.items():
            self.steps[step].add(count)

    def of(self, step: str) -> StepCount:
        return self.steps.get(step) or StepCount()


def of(automation: Automation) -> Counts:
    counts = Counts()
    for state, reason, step, number in _walks(automation):
        setattr(counts, state, getattr(counts, state) + number)
        counts.goal += number if reason == Reason.GOAL else 0
        if state == State.ACTIVE:
            counts.steps[step].waiting += number
        elif state == State.STUCK:
            counts.steps[step].stuck += number
        elif reason not in ON_THE_WAY:
            counts.steps[step].left += number
    for step, outcome, path, number in _passages(automation):
        one = counts.steps[step]
        one.done += number
        one.refused += number if outcome == Passage.Outcome.REFUSED else 0
        one.paths[path] += number
    return counts


def _walks(automation: Automation) -> QuerySet[Enrolment, tuple[str, str, str, int]]:
    rows = Enrolment.objects.filter(automation=automation).order_by()
    return rows.values_list("state", "reason", "step").annotate(number=Count("pk"))


def _passages(automation: Automation) -> QuerySet[Passage, tuple[str, str, str, int]]:
    rows = Passage.objects.filter(version__automation=automation).order_by()
    return rows.values_list("step", "outcome", "path").annotate(number=Count("pk"))


def people(automation: Automation, *, step: str, which: str, path: str = "") -> QuerySet[Enrolment]:
    """The walks behind one of these numbers; `path` those who took that path of the step, NO_PATH those who fitted none.
    Raises KeyError for another word."""
    rows = Enrolment.objects.filter(automation=automation)
    through = Q(pk__in=Passage.objects.filter(step=step, version__automation=automation).values("enrolment"))
    not_done = Passage.objects.filter(step=step, version__automation=automation, outcome=Passage.Outcome.REFUSED)
    left = Q(step=step, state__in=(State.DONE, State.LEFT)) & ~Q(reason__in=ON_THE_WAY)
    if path:
        taken = "" if path == NO_PATH else path
        chose = Passage.objects.filter(step=step, version__automation=automation, path=taken)
        return rows.filter(pk__in=chose.values("enrolment"))
    meant = {
        "entered": through | Q(step=step, state__in=Enrolment.INSIDE) | left,
        "waiting": Q(step=step, state=State.ACTIVE),
        "stuck": Q(step=step, state=State.STUCK),
        "done": through,
        "refused": Q(pk__in=not_done.values("enrolment")),
        "left": left,
    }
    return rows.filter(meant[which])


def late(*, now: object) -> QuerySet[Enrolment]:
    """Who should have gone on by then, of automations that move."""
    moving = Q(automation__status__in=Automation.MOVING, automation__deleted_at=None)
    return Enrolment.objects.filter(moving, state=State.ACTIVE, due_at__lt=now)
