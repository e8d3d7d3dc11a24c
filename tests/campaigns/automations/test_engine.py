"""The engine: who enters, how often, what is done once, and what becomes of people when things go wrong."""

from __future__ import annotations

import time

import pytest
from django.db import IntegrityError, transaction

from campaigns.automations import causes, enrolling, flow, moving, switching
from campaigns.automations.models import Automation, Enrolment, Passage
from campaigns.automations.steps import acting
from crm.contacts import subscribing
from crm.models import ContactTag, Event, List, Tag
from crm.timeline.models import Verdict
from tests.campaigns.automations.making import JOINED, START, after, make, read, run, step, trace
from tests.crm.factories import ContactFactory, ListFactory, WorkspaceFactory, make_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace():
    return WorkspaceFactory()


def join(contact, row: List):
    subscribing.join(contact, row, actor="user:1", occurred_at=START)


def test_who_joins_a_list_enters_and_does_the_steps_in_order(workspace):
    row, contact = ListFactory(workspace=workspace), ContactFactory(workspace=workspace)
    make(workspace, step("tag", tag="חדש"), step("untag", tag="ישן"), on=JOINED | {"subject": row.pk})
    join(contact, row)
    run()
    one = Enrolment.objects.get()
    assert (one.state, one.ended_at, trace(one)) == ("done", START, [("tag", "done"), ("untag", "same")])
    assert ContactTag.objects.get().contact == contact
    kinds = list(Event.objects.filter(contact=contact).order_by("id").values_list("kind", flat=True))
    assert kinds[-3:] == ["automation.entered", "tag.added", "automation.left"]


def test_another_list_lets_nobody_in(workspace):
    row, contact = ListFactory(workspace=workspace), ContactFactory(workspace=workspace)
    make(workspace, step("tag", tag="חדש"), on=JOINED | {"subject": ListFactory(workspace=workspace).pk})
    join(contact, row)
    run()
    assert not Enrolment.objects.exists()


def test_what_happened_before_it_was_on_lets_nobody_in_after_it_was_read(workspace):
    row, contact = ListFactory(workspace=workspace), ContactFactory(workspace=workspace)
    join(contact, row)
    run()
    make(workspace, step("tag", tag="חדש"))
    run()
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize(("again", "walks"), [("once", 1), ("after", 2), ("always", 3)])
def test_how_often_somebody_may_walk_it(workspace, again, walks):
    contact = ContactFactory(workspace=workspace)
    make(workspace, step("wait", amount=1, unit="hours"), on={"on": "event", "event": "order.placed"}, again=again)
    for hours in (0, 0, 2):  # the second comes while the first still waits
        make_event("order.placed", contact=contact, occurred_at=after(hours=hours))
        run(after(hours=hours))
    assert Enrolment.objects.count() == walks


def test_the_same_thing_lets_nobody_in_twice(workspace):
    contact = ContactFactory(workspace=workspace)
    automation = make(workspace, step("tag", tag="חדש"), on=None, again="always")
    came = [enrolling.Came(contact.pk, "event:7", event_at=START)]
    with transaction.atomic():
        assert len(enrolling.enrol(automation, automation.version, came * 2, now=START)) == 1
        assert enrolling.enrol(automation, automation.version, came, now=START) == []


def test_a_step_is_proved_once_by_constraint(workspace):
    contact = ContactFactory(workspace=workspace)
    automation = make(workspace, step("wait", amount=1, unit="days"), on=None)
    [one] = switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    said = {"enrolment_id": one, "version": automation.version, "step": "x" * 8, "arrived_at": START, "at": START}
    Passage.objects.create(**said)
    with pytest.raises(IntegrityError), transaction.atomic():
        Passage.objects.create(**said)


def test_somebody_of_another_business_is_not_let_in(workspace):
    automation = make(workspace, step("tag", tag="חדש"), on=None)
    assert switching.enrol_by_hand(automation, [ContactFactory().pk], occasion="test", now=START) == []


def test_the_condition_of_the_flow_keeps_others_out(workspace):
    dana, yoav = (
        ContactFactory(workspace=workspace, first_name="דנה"),
        ContactFactory(workspace=workspace, first_name="יואב"),
    )
    row = ListFactory(workspace=workspace)
    make(workspace, step("tag", tag="חדש"), rule={"field": "first_name", "op": "equals", "value": "דנה"})
    for contact in (dana, yoav):
        join(contact, row)
    run()
    assert [one.contact for one in Enrolment.objects.all()] == [dana]


def test_a_wait_ends_when_its_time_has_come_and_not_before(workspace):
    contact = ContactFactory(workspace=workspace)
    automation = make(workspace, step("wait", amount=2, unit="days"), step("tag", tag="חדש"), on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    run(after(days=2, seconds=-1))
    assert Enrolment.objects.get().state == "active"
    run(after(days=2))
    assert trace(Enrolment.objects.get()) == [("wait", "done"), ("tag", "done")]


def test_days_are_days_of_the_calendar_when_the_clocks_change(workspace):
    """Israel left summer time on 25 October 2026: from 10:00 to 10:00 there were twenty-five hours."""
    contact = ContactFactory(workspace=workspace)
    automation = make(workspace, step("wait", amount=1, unit="days"), on=None)
    begun = START.replace(month=10, day=24, hour=7)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=begun)
    assert Enrolment.objects.get().due_at == begun.replace(day=25, hour=8)


def test_a_branch_takes_the_first_path_that_fits(workspace):
    dana, yoav = (
        ContactFactory(workspace=workspace, first_name="דנה"),
        ContactFactory(workspace=workspace, first_name="יואב"),
    )
    rule = {"field": "first_name", "op": "equals", "value": "דנה"}
    paths = [{"rule": rule, "steps": [step("tag", tag="דנה")]}, {"rule": {}, "steps": [step("tag", tag="אחרים")]}]
    automation = make(workspace, step("branch", paths=paths), step("tag", tag="כולם"), on=None)
    switching.enrol_by_hand(automation, [dana.pk, yoav.pk], occasion="test", now=START)
    run()
    tags = {(row.contact, row.tag.name) for row in ContactTag.objects.select_related("tag", "contact")}
    assert tags == {(dana, "דנה"), (yoav, "אחרים"), (dana, "כולם"), (yoav, "כולם")}


def test_whoever_fits_no_path_goes_on_behind(workspace):
    contact = ContactFactory(workspace=workspace)
    paths = [
        {"rule": {"tag": Tag.objects.create(workspace=workspace, name="אין").name}, "steps": [step("tag", tag="א")]}
    ]
    automation = make(workspace, step("branch", paths=paths), step("tag", tag="כולם"), on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    run()
    assert [row.tag.name for row in ContactTag.objects.all()] == ["כולם"]


def test_parts_of_a_hundred_are_drawn_fairly_and_for_good(workspace):
    paths = [{"percent": 30, "name": "א", "steps": []}, {"percent": 70, "name": "ב", "steps": []}]
    said = step("split", paths=paths)
    people = [Enrolment(contact_id=number, occasion="x") for number in range(2000)]
    from campaigns.automations.steps.branching import drawn

    drawings = [drawn(said, one) for one in people]
    assert drawings == [drawn(said, one) for one in people]
    assert 0.26 < drawings.count(said["paths"][0]["id"]) / 2000 < 0.34


@pytest.mark.parametrize(("happens", "outcome"), [(True, "כן"), (False, "לא")])
def test_a_wait_for_something_takes_one_of_two_paths(workspace, happens, outcome):
    contact = ContactFactory(workspace=workspace)
    paths = [{"name": name, "steps": [step("tag", tag=name)]} for name in ("כן", "לא")]
    said = step("hope", event="order.placed", amount=3, unit="days", paths=paths)
    automation = make(workspace, said, on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    if happens:
        make_event("order.placed", contact=contact, occurred_at=after(days=1))
        run(after(days=1))
    run(after(days=3))
    assert [row.tag.name for row in ContactTag.objects.all()] == [outcome]


def test_what_happened_before_the_wait_began_does_not_wake(workspace):
    contact = ContactFactory(workspace=workspace)
    paths = [{"steps": [step("tag", tag="כן")]}, {"steps": []}]
    automation = make(workspace, step("hope", event="order.placed", amount=3, unit="days", paths=paths), on=None)
    make_event("order.placed", contact=contact, occurred_at=after(hours=-1))
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    run()
    assert Enrolment.objects.get().state == "active"


def test_the_goal_ends_the_journey_before_the_next_step(workspace):
    contact = ContactFactory(workspace=workspace)
    automation = make(
        workspace,
        step("wait", amount=1, unit="days"),
        step("tag", tag="תזכורת"),
        on=None,
        goal={"event": "order.placed"},
    )
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    make_event("order.placed", contact=contact, occurred_at=after(hours=1))
    run(after(days=1))
    one = Enrolment.objects.get()
    assert (one.state, one.reason, ContactTag.objects.count()) == ("done", "goal", 0)


def test_who_went_to_the_bin_does_nothing_more(workspace):
    contact = ContactFactory(workspace=workspace)
    automation = make(workspace, step("wait", amount=1, unit="days"), step("tag", tag="חדש"), on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    contact.deleted_at = START
    contact.save()
    run(after(days=1))
    one = Enrolment.objects.get()
    assert (one.state, one.reason, one.passages.count()) == ("left", "removed", 0)


def test_a_robot_lets_nobody_in(workspace):
    contact = ContactFactory(workspace=workspace)
    make(workspace, step("tag", tag="חדש"), on={"on": "event", "event": "mailing.opened"})
    make_event("mailing.opened", contact=contact, verdict=Verdict.ROBOT)
    run()
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize(
    ("verdict", "state"), [(Verdict.ROBOT, "left"), (Verdict.HUMAN, "done"), (Verdict.UNKNOWN, "done")]
)
def test_where_nobody_knows_the_verdict_is_awaited_five_seconds(workspace, verdict, state):
    contact = ContactFactory(workspace=workspace)
    make(workspace, step("tag", tag="חדש"), on={"on": "event", "event": "mailing.opened"})
    make_event("mailing.opened", contact=contact, verdict=Verdict.UNKNOWN, occurred_at=START)
    run(after(seconds=4))
    assert Enrolment.objects.get().state == "active"
    Event.objects.filter(kind="mailing.opened").update(verdict=verdict)
    run(after(seconds=5))
    assert Enrolment.objects.get().state == state
    assert ContactTag.objects.exists() is (state == "done")


def test_a_person_who_cannot_go_on_holds_up_nobody_and_is_tried_again(workspace, monkeypatch):
    people = [ContactFactory(workspace=workspace) for _number in range(3)]
    automation = make(workspace, step("tag", tag="חדש"), on=None)
    switching.enrol_by_hand(automation, [one.pk for one in people], occasion="test", now=START)
    whole = acting.TagStep.run

    def failing(self, said, batch):
        if people[1].pk in batch.contact_ids:
            raise RuntimeError
        return whole(self, said, batch)

    monkeypatch.setattr(acting.TagStep, "run", failing)
    moving.move(START, until=time.monotonic() + 5)
    one = Enrolment.objects.get(contact=people[1])
    assert (one.state, one.tries, one.due_at, one.trouble) == ("active", 1, after(minutes=1), "RuntimeError")
    assert Enrolment.objects.filter(state="done").count() == 2
    at = START
    for minutes in moving.MINUTES:
        at = at + (after(minutes=minutes) - START)
        moving.move(at, until=time.monotonic() + 5)
    assert Enrolment.objects.get(contact=people[1]).state == "stuck"
    monkeypatch.undo()
    assert moving.again([one.pk], automation, at) == 1
    run(at)
    assert trace(Enrolment.objects.get(contact=people[1])) == [("tag", "done")]


def test_what_the_owner_must_mend_waits_at_once_and_says_so(workspace):
    row, contact = ListFactory(workspace=workspace), ContactFactory(workspace=workspace)
    automation = make(workspace, step("join", list=row.pk), on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    row.deleted_at = START
    row.save()
    run()
    one = Enrolment.objects.get()
    assert one.state == "stuck"
    assert one.trouble


def test_those_who_qualify_already_are_let_in_when_asked(workspace):
    row, people = ListFactory(workspace=workspace), [ContactFactory(workspace=workspace) for _number in range(3)]
    for contact in people[:2]:
        join(contact, row)
    run()
    automation = make(workspace, step("tag", tag="חדש"), on=JOINED | {"subject": row.pk})
    from campaigns.automations import gathering

    assert gathering.count(automation) == 2
    switching.switch_on(automation, existing=True, now=START)
    run()
    assert {one.contact for one in Enrolment.objects.all()} == set(people[:2])
    assert Automation.objects.get().gathering is None


@pytest.mark.parametrize("number", [2, 3])
def test_automations_that_set_each_other_off_end_and_say_so(workspace, number):
    contact = ContactFactory(workspace=workspace)
    tags = [Tag.objects.create(workspace=workspace, name=f"ת{place}") for place in range(number)]
    made = [
        make(
            workspace,
            step("untag", tag=tags[place].name),
            step("tag", tag=tags[(place + 1) % number].name),
            on={"on": "event", "event": "tag.added", "subject": tags[place].pk},
            again="always",
        )
        for place in range(number)
    ]
    subscribing.tag(contact, tags[0].name, actor="user:1", occurred_at=START)
    run()
    assert Enrolment.objects.count() == causes.MAX_DEPTH + 1
    assert Automation.objects.filter(pk__in=[one.pk for one in made], looped_at=START).count() == 1


def test_a_loop_through_a_segment_ends_too(workspace):
    contact = ContactFactory(workspace=workspace)
    make(workspace, step("tag", tag="x"), on={"on": "event", "event": "custom.ring"}, again="always")
    for _number in range(enrolling.DAILY + 5):
        make_event("custom.ring", contact=contact, occurred_at=START)
    run()
    assert Enrolment.objects.count() <= enrolling.DAILY + 5
    make_event("custom.ring", contact=contact, occurred_at=START)
    run()
    assert Automation.objects.get().looped_at


def test_other_events_cost_one_look_however_many(workspace, django_assert_max_num_queries):
    contact = ContactFactory(workspace=workspace)
    make(workspace, step("tag", tag="חדש"), on={"on": "event", "event": "order.placed"})
    for _number in range(300):
        make_event("mailing.sent", contact=contact, occurred_at=START)
    make_event("order.placed", contact=contact, occurred_at=START)
    with django_assert_max_num_queries(40):
        assert read(START) > 300
    assert flow.first(Automation.objects.get().version.flow) == Enrolment.objects.get().step
