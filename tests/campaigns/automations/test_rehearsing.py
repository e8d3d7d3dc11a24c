"""Rehearsal: it equals what a live run does on the same events, and leaves nothing behind."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from campaigns.automations import rehearsing, switching
from campaigns.automations.models import Automation, Enrolment, Errand, Passage, Version
from campaigns.mailings.models import Delivery, Link, Mailing
from crm.models import Contact, ContactTag, Event, Subscription, Tag
from crm.notes.models import Task
from crm.timeline.models import CurrentXid, Verdict
from tests.campaigns.automations.making import START, after, make, read, run, step
from tests.campaigns.mailings.factories import MailingFactory
from tests.crm.factories import (
    ConsentFactory,
    ContactFactory,
    CustomFieldFactory,
    ListFactory,
    MembershipFactory,
    WorkspaceFactory,
    make_event,
)

pytestmark = pytest.mark.django_db(transaction=True)
PLACED = {"on": "event", "event": "order.placed"}
UNTIL = after(days=20)


@pytest.fixture
def workspace():
    return WorkspaceFactory()


def draft(workspace, *steps: dict[str, Any], on: Any = PLACED, **said: Any) -> Automation:
    listed = on if isinstance(on, list) else [on]
    return switching.create(workspace, name="תהליך", draft={"triggers": listed, "steps": list(steps), **said}, by=None)


def rehearse(automation: Automation, **said: Any) -> rehearsing.Rehearsal:
    return rehearsing.rehearse(automation, now=UNTIL, seconds=60, **said)


def test_it_says_who_would_have_been_through_what_and_when(workspace):
    dana, yoav = (ContactFactory(workspace=workspace, first_name=name) for name in ("דנה", "יואב"))
    is_dana = {"field": "first_name", "op": "equals", "value": "דנה"}
    branch = step("branch", paths=[{"rule": is_dana, "name": "דנה", "steps": [step("tag", tag="לקוחה")]}])
    wait = step("wait", amount=2, unit="days")
    automation = draft(workspace, wait, branch)
    for contact in (dana, yoav):
        make_event("order.placed", contact=contact, occurred_at=after(days=1))
    told = rehearse(automation)
    assert (told.people, told.counts.done, told.is_late, told.is_cut) == (2, 2, False, False)
    assert told.counts.of(branch["id"]).paths == {branch["paths"][0]["id"]: 1, "": 1}
    [hers] = [trace for trace in told.traces if trace.walk.contact_id == dana.pk]
    assert (hers.lines[0].step, hers.lines[0].at) == (wait["id"], after(days=3))
    assert "לקוחה" in hers.lines[-1].words


def test_nothing_stays_of_it(workspace):
    contact, row = ContactFactory(workspace=workspace), ListFactory(workspace=workspace)
    field = CustomFieldFactory(workspace=workspace)
    said = [step("tag", tag="חדש"), step("join", list=row.pk), step("set", field=field.storage_key, value="כן")]
    automation = draft(workspace, *said)
    make_event("order.placed", contact=contact, occurred_at=START)
    before = everything()
    assert rehearse(automation).counts.done == 1
    assert everything() == before
    placed = make_event("order.placed", contact=contact, occurred_at=START)  # the tables are the real ones again
    assert placed.pk < Event.objects.earliest("pk").pk + 1000


def everything() -> list[Any]:
    models = (
        Automation,
        Version,
        Enrolment,
        Passage,
        Contact,
        ContactTag,
        Subscription,
        Tag,
        Event,
        Errand,
        Task,
        Delivery,
    )
    models += (Mailing, Link)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_rehearsal_holds_nobody_up(workspace, monkeypatch):
    """While it runs, another connection changes the very people it rehearses with."""
    contact = ContactFactory(workspace=workspace)
    automation = draft(
        workspace,
        step("tag", tag="חדש"),
        step("set", field=CustomFieldFactory(workspace=workspace).storage_key, value="כן"),
    )
    make_event("order.placed", contact=contact, occurred_at=START)
    held: list[int] = []

    def look(*_said: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
                "WHERE l.pid = pg_backend_pid() AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't' "
                "AND c.relnamespace = 'public'::regnamespace AND l.mode NOT IN ('AccessShareLock')"
            )
            held.extend(name for (name,) in cursor.fetchall())
        return real(*_said)

    real = rehearsing.counting.of
    monkeypatch.setattr(rehearsing.counting, "of", look)
    assert rehearse(automation).counts.done == 1
    assert held == []


def test_what_could_not_be_switched_on_is_not_rehearsed(workspace):
    with pytest.raises(ValidationError):
        rehearse(draft(workspace, step("tag")))


def test_mails_tasks_calls_and_other_automations_are_rehearsed_and_nothing_leaves():
    workspace = WorkspaceFactory(with_sender=True)
    contact, member = ContactFactory(workspace=workspace), MembershipFactory(workspace=workspace)
    ConsentFactory(contact=contact)
    mailing = MailingFactory(workspace=workspace)
    other = make(workspace, step("tag", tag="מהשני"), on=None)
    said = [
        step("mail", mailing=mailing.pk),
        step("task", member=member.pk, title="לחזור", days=1),
        step("notify", member=member.pk, words="הזמנה חדשה"),
        step("start", automation=other.pk),
    ]
    automation = draft(workspace, *said)
    make_event("order.placed", contact=contact, occurred_at=START)
    before = everything()
    told = rehearse(automation)
    [trace] = told.traces
    assert (trace.walk.state, [line.outcome for line in trace.lines]) == ("done", ["done"] * 4), [
        line.why for line in trace.lines
    ]
    assert mailing.name in trace.lines[0].why
    assert everything() == before


def test_a_month_in_which_nothing_happened(workspace):
    told = rehearse(draft(workspace, step("tag", tag="חדש")))
    assert (told.people, told.traces, told.reached) == (0, [], UNTIL)


def test_robots_and_people_of_others_are_left_out(workspace):
    automation = draft(workspace, step("tag", tag="חדש"))
    make_event("order.placed", contact=ContactFactory(), occurred_at=START)
    make_event("order.placed", contact=ContactFactory(workspace=workspace), occurred_at=START, verdict=Verdict.ROBOT)
    assert rehearse(automation).people == 0


def test_birthdays_of_the_month_are_rehearsed(workspace):
    field = CustomFieldFactory(workspace=workspace, type="date")
    born = ContactFactory(workspace=workspace, values={field.storage_key: "1990-11-05"})
    ContactFactory(workspace=workspace, values={field.storage_key: "1990-07-05"})
    trigger = {"on": "date", "field": field.storage_key, "yearly": True, "days": 0, "at": "09:00"}
    told = rehearse(draft(workspace, step("tag", tag="מזל טוב"), on=trigger))
    assert [(trace.walk.contact_id, trace.walk.entered_at.day) for trace in told.traces] == [(born.pk, 5)]


def test_more_than_fits_is_cut_at_the_beginning_and_says_so(workspace, monkeypatch):
    monkeypatch.setattr(rehearsing, "EVENTS", 3)
    for hours in range(5):
        make_event("order.placed", contact=ContactFactory(workspace=workspace), occurred_at=after(hours=hours))
    told = rehearse(draft(workspace, step("tag", tag="חדש")))
    assert (told.is_cut, told.people, told.since) == (True, 3, after(hours=1))


@pytest.mark.parametrize("together", [1, 2, 25])
def test_people_are_taken_apart_and_added_up(workspace, together):
    for hours in range(4):
        make_event("order.placed", contact=ContactFactory(workspace=workspace), occurred_at=after(hours=hours))
    told = rehearse(draft(workspace, step("tag", tag="חדש"), step("wait", amount=1)), together=together)
    assert (told.asked, told.tried, told.people, told.counts.done) == (4, 4, 4, 4)
    assert [trace.walk.entered_at for trace in told.traces] == [after(hours=hours) for hours in range(4)]


def test_where_time_runs_out_it_says_how_far_it_came(workspace):
    for day in range(5):
        make_event("order.placed", contact=ContactFactory(workspace=workspace), occurred_at=after(days=day))
    told = rehearsing.rehearse(draft(workspace, step("tag", tag="חדש")), now=UNTIL, seconds=0)
    assert told.is_late
    assert (told.reached, told.asked, told.tried) == (START, 5, 5)


MINUTES = st.integers(1, 3000)
NAMES = ("דנה", "יואב")
RULES = (
    {"field": "first_name", "op": "equals", "value": "דנה"},
    {"tag": "א"},
    {"event": "cart.updated"},
    {"none": [{"event": "page.viewed"}]},
)


def flows(depth: int = 0) -> st.SearchStrategy[list[dict[str, Any]]]:
    leaf = st.one_of(
        st.sampled_from(("א", "ב")).map(lambda tag: step("tag", tag=tag)),
        st.sampled_from(("א", "ב")).map(lambda tag: step("untag", tag=tag)),
        MINUTES.map(lambda amount: step("wait", amount=amount, unit="minutes")),
        st.just(None).map(lambda _none: step("stop")),
    )
    return st.lists(leaf if depth else st.one_of(leaf, leaf, fork(), split(), hope()), min_size=1, max_size=4)


def fork() -> st.SearchStrategy[dict[str, Any]]:
    paths = st.tuples(st.sampled_from(RULES), flows(1), flows(1))
    return paths.map(
        lambda said: step("branch", paths=[{"rule": said[0], "steps": said[1]}, {"rule": {}, "steps": said[2]}])
    )


def split() -> st.SearchStrategy[dict[str, Any]]:
    parts = st.tuples(st.integers(0, 100), flows(1))
    return parts.map(
        lambda said: step(
            "split", paths=[{"percent": said[0], "steps": said[1]}, {"percent": 100 - said[0], "steps": []}]
        )
    )


def hope() -> st.SearchStrategy[dict[str, Any]]:
    said = st.tuples(st.sampled_from(("cart.updated", "tag.added")), MINUTES, flows(1), flows(1))
    return said.map(
        lambda one: step(
            "hope", event=one[0], amount=one[1], unit="minutes", paths=[{"steps": one[2]}, {"steps": one[3]}]
        )
    )


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(("order.placed", "order.placed", "cart.updated", "page.viewed")),
        st.integers(0, 2),  # who
        st.integers(1, 10_000),  # minutes since the last
        st.sampled_from((Verdict.HUMAN, Verdict.HUMAN, Verdict.ROBOT, Verdict.UNKNOWN)),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    phases=(Phase.generate,),
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=flows(),
    happened=HAPPENINGS,
    again=st.sampled_from(("once", "after", "always")),
    rule=st.sampled_from(({}, *RULES[:3])),
    goal=st.sampled_from(({}, {}, RULES[1], RULES[2])),
    together=st.integers(1, 3),
)
def test_it_equals_what_a_live_run_does(db, steps, happened, again, rule, goal, together):
    with transaction.atomic():
        workspace = WorkspaceFactory()
        people = [ContactFactory(workspace=workspace, first_name=NAMES[number % 2]) for number in range(3)]
        Tag.objects.bulk_create(Tag(workspace=workspace, name=name) for name in ("א", "ב"))
        automation = draft(workspace, *steps, again=again, rule=rule, goal=goal)
        events, at = [], START
        for kind, who, minutes, verdict in happened:
            at += timedelta(minutes=minutes)
            events.append(make_event(kind, contact=people[who], occurred_at=at, verdict=verdict))
    until = max(UNTIL, at + timedelta(minutes=1))
    told = rehearsing.rehearse(automation, now=until, days_back=60, seconds=60, together=together)
    rehearsed = Counter(
        walked(trace.walk, [(line.step, line.outcome, line.at) for line in trace.lines]) for trace in told.traces
    )
    live(automation, events, until)
    walks = Enrolment.objects.filter(automation=automation)
    lived = Counter(
        walked(one, list(one.passages.order_by("pk").values_list("step", "outcome", "at"))) for one in walks
    )
    assert rehearsed == lived
    Automation.objects.filter(pk=automation.pk).update(status="off")
    Enrolment.objects.filter(automation=automation).delete()


def walked(one: Enrolment, lines: list[Any]) -> Any:
    stands = one.step if one.state == "active" else ""
    return one.contact_id, one.occasion, one.entered_at, one.state, one.reason, stands, one.due_at, tuple(lines)


def live(automation: Automation, events: list[Event], until: datetime) -> None:
    """The same things happen again, each at its hour, to an automation that is on from the beginning."""
    Event.objects.filter(pk__in=[event.pk for event in events]).delete()
    read(START)  # of the days before it was on
    switching.switch_on(automation, now=START)
    for event in events:
        pass_time(event.occurred_at)
        event.xid = CurrentXid()
        event.save(force_insert=True)
        run(event.occurred_at)
    pass_time(until)


def pass_time(until: datetime) -> None:
    """Everything that is due up to then, each at its hour."""
    due = Enrolment.objects.filter(state="active", due_at__lte=until).order_by("due_at")
    while (at := due.values_list("due_at", flat=True).first()) is not None:
        run(at)
