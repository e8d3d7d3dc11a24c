"""The engine: whoever is due does their step and comes to the next. All who stand at one step go together, in one transaction
that holds their rows: what the step does, the proof that it was done, and where they stand now.

Any number of workers run this side by side. Killed anywhere, a worker loses its transaction and nothing else: the step was not
done, and is done by the next. A passage is unique by enrolment and step, so no step is done twice, whatever happens.

A group that fails is tried one by one, so that a person who cannot go on holds up nobody. They are tried again after MINUTES;
then, or at once where the owner must mend something, they wait visibly as stuck.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns.automations import arriving, flow, leaving
from campaigns.automations.lagging import Caught, Lag
from campaigns.automations.models import Automation, Enrolment, Passage, Version
from campaigns.automations.steps import base
from campaigns.automations.steps.base import Batch, Impossible, Outcome

log = logging.getLogger(__name__)
TOGETHER = 500
SHARE_SECONDS = 5.0  # of one step before the next has its turn
MINUTES = (1, 5, 15, 60, 240)
State = Enrolment.State
GROUPS = """
SELECT e.version_id, e.step FROM campaigns_enrolment e JOIN campaigns_automation a ON a.id = e.automation_id
WHERE e.state = 'active' AND e.due_at <= %s AND a.status = ANY(%s) AND a.deleted_at IS NULL
GROUP BY e.version_id, e.step ORDER BY min(e.due_at) LIMIT 200
"""


def move(now: datetime, *, until: float, is_rehearsal: bool = False) -> int:
    """Everybody who is due, until `until` on time.monotonic; returns how many steps were done."""
    lag = Caught() if is_rehearsal else Lag()
    return sum(_move_group(version_id, step, now, until, lag, is_rehearsal) for version_id, step in groups(now))


def groups(now: datetime) -> list[tuple[int, str]]:
    """(version, step) of people who are due, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, [now, list(Automation.MOVING)])
        return list(cursor.fetchall())


def _move_group(version_id: int, step: str, now: datetime, until: float, lag: Lag, is_rehearsal: bool) -> int:
    total, share = 0, min(until, time.monotonic() + SHARE_SECONDS)
    while time.monotonic() < share:
        try:
            done = advance(version_id, step, now, lag, is_rehearsal=is_rehearsal)
        except Exception as error:  # somebody cannot go on, and must not hold up the others
            log.warning("Step %s of version %s is tried one by one: %s", step, version_id, type(error).__name__)
            done = _one_by_one(version_id, step, now, lag, is_rehearsal)
        total += done
        if done < TOGETHER:  # whom others hold now, they take along
            break
    return total


@transaction.atomic
def advance(
    version_id: int,
    step_id: str,
    now: datetime,
    lag: Lag | None = None,
    *,
    only: int | None = None,
    limit: int = TOGETHER,
    is_rehearsal: bool = False,
) -> int:
    """One step of up to `limit` people who are due there, of `only` this one; returns how many were looked at."""
    version = Version.objects.select_related("automation__workspace").get(pk=version_id)
    people = _held(version, step_id, now, lag or Lag(), only, limit)
    if people:
        batch = Batch(version.automation, version, people, now, is_rehearsal)
        batch.people = leaving.weed(batch)
        if batch.people:
            _do(batch, step_id)
    return len(people)


def _held(version: Version, step_id: str, now: datetime, lag: Lag, only: int | None, limit: int) -> list[Enrolment]:
    """The rows, kept from other workers until the end. In the order of contacts, which is the order steps take them in."""
    due = Enrolment.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        lag.over(version, step_id),
        version=version, step=step_id, state=State.ACTIVE, due_at__lte=now, automation__status__in=Automation.MOVING,
    )  # fmt: skip
    rows = due if only is None else due.filter(pk=only)
    return sorted(rows.order_by("due_at", "pk")[:limit], key=lambda one: (one.contact_id, one.pk))


def _do(batch: Batch, step_id: str) -> None:
    step = flow.find(batch.version.flow, step_id)
    if step is None:  # no version changes, so this is somebody's hand in the database
        leaving.end(batch.automation, batch.people, state=State.LEFT, reason=Enrolment.Reason.CHANGED, now=batch.now)
        return
    before = _passed(batch.people, step_id)
    batch.people = _without_held(batch, step, before)
    going = [one for one in batch.people if one.pk not in before]
    part = Batch(batch.automation, batch.version, going, batch.now, batch.is_rehearsal)
    told = dict(base.get(step["type"]).run(step, part)) if going else {}
    outcomes = {one.pk: told.get(one.pk, Outcome()) for one in going}
    _prove(part, step_id, outcomes)
    _go_on(batch, step_id, outcomes | before)


def _without_held(batch: Batch, step: flow.Said, before: Mapping[int, Outcome]) -> list[Enrolment]:
    """Those who go on now; the others are put off to when their step says."""
    group = [one for one in batch.people if one.pk not in before]
    asked = Batch(batch.automation, batch.version, group, batch.now, batch.is_rehearsal)
    until = {pk: at for pk, at in base.get(step["type"]).hold(step, asked).items() if at > batch.now} if group else {}
    put_off = [one for one in group if one.pk in until]
    for one in put_off:
        one.due_at = until[one.pk]
    Enrolment.objects.bulk_update(put_off, ["due_at"])
    return [one for one in batch.people if one.pk not in until]


def _passed(people: Sequence[Enrolment], step_id: str) -> dict[int, Outcome]:
    """Who has been through it already, in a flow whose order was changed under way: they go on as they did then."""
    rows = Passage.objects.filter(enrolment__in=[one.pk for one in people], step=step_id)
    return {pk: Outcome(path=path) for pk, path in rows.values_list("enrolment_id", "path")}


def _prove(batch: Batch, step_id: str, outcomes: Mapping[int, Outcome]) -> None:
    Passage.objects.bulk_create(
        Passage(
            enrolment=one, version=batch.version, step=step_id, outcome=outcomes[one.pk].kind, path=outcomes[one.pk].path,
            detail=dict(outcomes[one.pk].detail), arrived_at=one.arrived_at, at=batch.now,
        )
        for one in batch.people
    )  # fmt: skip


def _go_on(batch: Batch, step_id: str, outcomes: Mapping[int, Outcome]) -> None:
    to: dict[str, list[Enrolment]] = defaultdict(list)
    stopped: list[Enrolment] = []
    for one in batch.people:
        outcome = outcomes[one.pk]
        following = "" if outcome.stops else flow.after(batch.version.flow, step_id, outcome.path)
        (stopped if outcome.stops else to[following]).append(one)
    finished = to.pop("", [])
    arriving.move(batch, to)
    if stopped:
        leaving.end(batch.automation, stopped, state=State.DONE, reason=Enrolment.Reason.STOPPED, now=batch.now)
    if finished:
        leaving.end(batch.automation, finished, state=State.DONE, now=batch.now)


def _one_by_one(version_id: int, step: str, now: datetime, lag: Lag, is_rehearsal: bool) -> int:
    due = Enrolment.objects.filter(version=version_id, step=step, state=State.ACTIVE, due_at__lte=now)
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:TOGETHER])
    for pk in ids:
        try:
            advance(version_id, step, now, lag, only=pk, is_rehearsal=is_rehearsal)
        except Impossible as error:
            _park(pk, str(error))
        except Exception as error:
            log.exception("Enrolment %s could not go on", pk)
            _stumble(pk, type(error).__name__, now)
    return len(ids)


def _park(pk: int, words: str) -> None:
    active = Enrolment.objects.filter(pk=pk, state=State.ACTIVE)
    active.update(state=State.STUCK, due_at=None, trouble=words[:200])


def _stumble(pk: int, words: str, now: datetime) -> None:
    with transaction.atomic():
        one = Enrolment.objects.select_for_update().get(pk=pk)
        if one.state != State.ACTIVE:
            return
        if one.tries >= len(MINUTES):
            _park(pk, words)
            return
        one.due_at, one.trouble = now + timedelta(minutes=MINUTES[one.tries]), words[:200]
        one.tries += 1
        one.save(update_fields=["due_at", "trouble", "tries"])


def again(enrolments: Sequence[int], automation: Automation, now: datetime) -> int:
    """The owner mended what held them up: these go on where they stand. Returns how many there were."""
    stuck = Enrolment.objects.filter(automation=automation, pk__in=enrolments, state=State.STUCK)
    return stuck.update(state=State.ACTIVE, due_at=now, tries=0, trouble="")
