"""Steps that add, plan, tell and set off: what each does, once, and what the trace says where it could not."""

from __future__ import annotations

import pytest
from django.core import mail as django_mail
from django.core.exceptions import ValidationError
from django.urls import reverse

from campaigns.automations import causes, chaining, doing, errands, flow, notifying, switching
from campaigns.automations.models import Automation, Enrolment, Errand
from campaigns.automations.steps import base
from crm.models import Event, OutboxMessage, Task
from crm.notes import planning
from tests.campaigns.automations.making import START, after, make, run, step, trace
from tests.crm.factories import ContactFactory, CustomFieldFactory, MembershipFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
NOW = START


@pytest.fixture
def workspace():
    return WorkspaceFactory()


@pytest.fixture
def dana(workspace):
    return ContactFactory(workspace=workspace, first_name="דנה")


def enter(automation, *contacts, occasion="test", at=NOW):
    switching.enrol_by_hand(automation, [one.pk for one in contacts], occasion=occasion, now=at)
    run(at)


def problems(workspace, said):
    return flow.problems(flow.clean({"steps": [said]}, workspace), workspace)


# -- adding to a field -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "part", "new"), [(None, 5, 5), (10, -3, 7), (0.1, 0.2, 0.3), (5, -5, 0), (2.5, 2.5, 5)]
)
def test_an_amount_is_added_to_a_number(workspace, dana, old, part, new):
    key = CustomFieldFactory(workspace=workspace, number=True).storage_key
    dana.values = {} if old is None else {key: old}
    dana.save()
    enter(make(workspace, step("add", field=key, value=part), on=None), dana)
    dana.refresh_from_db()
    assert dana.values[key] == new
    [event] = Event.objects.filter(kind="field.changed", contact=dana)
    assert event.actor == causes.actor_of(Automation.objects.get().pk, 0)
    assert (event.properties["old"], event.properties["new"]) == (old, new)


def test_a_choice_is_added_to_those_chosen(workspace):
    field = CustomFieldFactory(workspace=workspace, choices=True)
    key = field.storage_key
    empty, has, other = (
        ContactFactory(workspace=workspace, values=values) for values in ({}, {key: ["o2"]}, {key: ["o1"]})
    )
    enter(make(workspace, step("add", field=key, value="o2"), on=None), empty, has, other)
    for contact, held in ((empty, ["o2"]), (has, ["o2"]), (other, ["o1", "o2"])):
        contact.refresh_from_db()
        assert contact.values[key] == held
    assert sorted(outcome for one in Enrolment.objects.all() for _kind, outcome in trace(one)) == [
        "done",
        "done",
        "same",
    ]


def test_two_walks_of_one_person_at_once_add_twice(workspace, dana):
    key = CustomFieldFactory(workspace=workspace, number=True).storage_key
    automation = make(workspace, step("add", field=key, value=1), on=None, again="always")
    for occasion in "ab":
        switching.enrol_by_hand(automation, [dana.pk], occasion=occasion, now=NOW)
    run()
    dana.refresh_from_db()
    assert dana.values[key] == 2
    run(after(hours=1))
    dana.refresh_from_db()
    assert dana.values[key] == 2


def test_what_the_field_cannot_hold_is_refused(workspace, dana):
    key = CustomFieldFactory(workspace=workspace, number=True).storage_key
    dana.values = {key: 10**15}
    dana.save()
    enter(make(workspace, step("add", field=key, value=5), on=None), dana)
    assert trace(Enrolment.objects.get()) == [("add", "refused")]
    dana.refresh_from_db()
    assert dana.values[key] == 10**15


def test_a_field_that_was_archived_holds_people_up_visibly(workspace, dana):
    field = CustomFieldFactory(workspace=workspace, number=True)
    automation = make(workspace, step("add", field=field.storage_key, value=5), on=None)
    field.archived_at = NOW
    field.save()
    enter(automation, dana)
    one = Enrolment.objects.get()
    assert (one.state, bool(one.trouble)) == ("stuck", True)


def test_only_numbers_and_several_choices_are_added_to(workspace):
    text = CustomFieldFactory(workspace=workspace).storage_key
    number = CustomFieldFactory(workspace=workspace, number=True).storage_key
    foreign = CustomFieldFactory(number=True).storage_key
    for said in ({"field": text, "value": 1}, {"field": foreign, "value": 1}, {"field": number, "value": "x"}):
        with pytest.raises(ValidationError):
            flow.clean({"steps": [step("add", **said)]}, workspace)
    assert problems(workspace, step("add"))
    assert problems(workspace, step("add", field=number))
    assert not problems(workspace, step("add", field=number, value="1,250"))


# -- tasks -----------------------------------------------------------------------------------------------------------------


def test_a_task_is_planned_for_a_member_some_days_ahead(workspace, dana):
    member = MembershipFactory(workspace=workspace)
    enter(make(workspace, step("task", title="להתקשר", member=member.pk, days=2), on=None), dana)
    task = Task.objects.get()
    assert (task.contact, task.title, task.assignee, task.due_on.isoformat()) == (dana, "להתקשר", member, "2026-11-03")
    assert Event.objects.get(kind="task.added").properties["shown"] == "להתקשר"
    assert Enrolment.objects.get().passages.get().detail == {"task": task.pk}


def test_the_day_of_a_task_is_the_business_day(workspace, dana):
    """Half past ten at night in London is the next day in Israel."""
    late = NOW.replace(hour=22, minute=30)
    enter(make(workspace, step("task", title="x", days=0), on=None), dana, at=late)
    assert Task.objects.get().due_on.isoformat() == "2026-11-02"


def test_a_task_of_a_member_who_left_is_anybodys(workspace, dana):
    member = MembershipFactory(workspace=workspace)
    automation = make(workspace, step("task", title="x", member=member.pk), on=None)
    member.delete()
    enter(automation, dana)
    assert Task.objects.get().assignee is None
    assert flow.problems(automation.version.flow, workspace)


def test_tasks_for_many_are_a_few_statements(workspace, django_assert_max_num_queries):
    people = [(ContactFactory(workspace=workspace).pk, "automation:1:0") for _number in range(20)]
    said = {"title": "x", "due_on": NOW.date(), "assignee": None}
    with django_assert_max_num_queries(5):
        assert len(planning.add_many(workspace, people, said=said, now=NOW)) == 20


@pytest.mark.parametrize(
    "said", [{"days": -1}, {"days": "1"}, {"title": 3}, {"title": "x" * 201}, {"member": 0}, {"member": "1"}]
)
def test_settings_of_a_task_that_make_no_sense_are_refused(workspace, said):
    with pytest.raises(ValidationError):
        flow.clean({"steps": [step("task", **said)]}, workspace)


# -- telling a member ------------------------------------------------------------------------------------------------------


@pytest.fixture
def member(workspace):
    return MembershipFactory(workspace=workspace)


def test_a_member_is_told_by_mail_once(workspace, dana, member):
    enter(make(workspace, step("notify", member=member.pk, words="ציון נמוך"), on=None), dana)
    assert not django_mail.outbox
    [pk] = doing.due(NOW)
    doing.do(pk, NOW)
    doing.do(pk, NOW)
    [sent] = django_mail.outbox
    assert sent.to == [member.user.email]
    assert "ציון נמוך" in sent.subject
    assert "דנה" in sent.body
    assert f"/contacts/{dana.pk}/" in sent.body
    errand = Errand.objects.get()
    assert (errand.state, errand.payload) == ("done", {})
    assert sent.extra_headers["Message-ID"] == notifying.message_id(errand)


def test_whoever_left_the_business_is_not_told_and_it_shows(workspace, dana, member):
    automation = make(workspace, step("notify", member=member.pk, words="x"), on=None)
    enter(automation, dana)
    member.delete()
    doing.do(Errand.objects.get().pk, NOW)
    errand = Errand.objects.get()
    assert (errand.state, bool(errand.answer), len(django_mail.outbox)) == ("parked", True, 0)
    assert errands.parked(automation).count() == 1


def test_a_mail_server_that_is_away_is_tried_again_and_then_given_up(workspace, dana, member, monkeypatch):
    automation = make(workspace, step("notify", member=member.pk, words="x"), on=None)
    enter(automation, dana)

    def broken(_self):
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", broken)
    at = NOW
    for minutes in doing.MINUTES:
        doing.do(Errand.objects.get().pk, at)
        errand = Errand.objects.get()
        assert (errand.state, errand.next_try_at - at) == ("waiting", after(minutes=minutes) - NOW)
        doing.do(errand.pk, at)  # not before its time
        assert Errand.objects.get().tries == errand.tries
        at = errand.next_try_at
    doing.do(Errand.objects.get().pk, at)
    assert Errand.objects.get().state == "parked"
    monkeypatch.undo()
    assert errands.again(automation, now=at) == 1
    doing.do(Errand.objects.get().pk, at)
    assert (Errand.objects.get().state, len(django_mail.outbox)) == ("done", 1)


def test_a_killed_worker_leaves_a_claim_that_runs_out(workspace, dana, member, monkeypatch):
    enter(make(workspace, step("notify", member=member.pk, words="x"), on=None), dana)
    [pk] = doing.due(NOW)

    def killed(_errand):
        raise KeyboardInterrupt

    monkeypatch.setitem(doing.DOERS, "notify", killed)
    with pytest.raises(KeyboardInterrupt):
        doing.do(pk, NOW)
    monkeypatch.undo()
    assert doing.due(NOW) == []
    assert doing.due(NOW + doing.CLAIM) == [pk]


def test_what_the_outbox_kept_goes_with_the_person(workspace, dana, member, settings):
    from crm.contacts import erasing

    enter(make(workspace, step("notify", member=member.pk, words="x"), on=None), dana)
    errand = Errand.objects.get()
    OutboxMessage.objects.create(
        workspace=workspace,
        mail_from="a@example.test",
        rcpt_to="b@example.test",
        mime=b"",
        message_id=notifying.message_id(errand),
    )
    erasing.erase(dana, actor="user:1")
    assert not OutboxMessage.objects.exists()
    assert not Errand.objects.exists()


# -- one automation and another --------------------------------------------------------------------------------------------


def test_a_step_starts_another_automation_and_says_how_deep(workspace, dana):
    second = make(workspace, step("tag", tag="שני"), on=None)
    enter(make(workspace, step("start", automation=second.pk), on=None), dana)
    one = Enrolment.objects.get(automation=second)
    assert (one.contact, one.state, one.depth) == (dana, "done", 1)
    assert Event.objects.filter(kind="automation.entered", contact=dana).count() == 2


def test_who_is_inside_already_is_not_let_in_and_the_trace_says_so(workspace, dana):
    second = make(workspace, step("wait", amount=1, unit="days"), on=None)
    enter(second, dana)
    enter(make(workspace, step("start", automation=second.pk), on=None), dana)
    passage = Enrolment.objects.exclude(automation=second).get().passages.get()
    assert (passage.outcome, passage.detail) == ("same", {"reason": "not_let_in"})


def test_the_others_condition_and_switch_hold(workspace, dana):
    rule = {"field": "first_name", "op": "equals", "value": "יואב"}
    second = make(workspace, step("tag", tag="שני"), on=None, rule=rule)
    enter(make(workspace, step("start", automation=second.pk), on=None), dana)
    switching.switch_off(second, now=NOW)
    enter(
        make(workspace, step("start", automation=second.pk), on=None),
        ContactFactory(workspace=workspace, first_name="יואב"),
    )
    assert not Enrolment.objects.filter(automation=second).exists()
    said = [one.passages.get().detail["reason"] for one in Enrolment.objects.order_by("pk")]
    assert said == ["not_let_in", "not_on"]


def circle(workspace, number: int) -> list[Automation]:
    """Each starts the next, and the last the first."""
    ring = [switching.create(workspace, name=f"{place}", by=None) for place in range(number)]
    for place, automation in enumerate(ring):
        following = ring[(place + 1) % number]
        draft = flow.empty() | {"again": "always", "steps": [step("start", automation=following.pk)]}
        switching.switch_on(switching.save(automation, draft, revision=None, now=NOW), now=NOW)
    return ring


@pytest.mark.parametrize("number", [1, 2, 3])
def test_circles_end_and_say_so(workspace, dana, number):
    first, *_rest = circle(workspace, number)
    enter(first, dana)
    assert Enrolment.objects.count() == causes.MAX_DEPTH + 1
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"done"}
    assert Automation.objects.filter(looped_at__isnull=False).exists()


def test_a_step_takes_people_out_of_another_automation(workspace, dana):
    second = make(workspace, step("wait", amount=1, unit="days"), on=None)
    yoav = ContactFactory(workspace=workspace)
    enter(second, dana, yoav)
    enter(make(workspace, step("leave_automation", automation=second.pk), on=None), dana)
    assert {(one.contact, one.state, one.reason) for one in Enrolment.objects.filter(automation=second)} == {
        (dana, "left", "other"),
        (yoav, "active", ""),
    }


def test_out_of_this_very_one_ends_the_walk(workspace, dana):
    [automation] = circle(workspace, 1)
    steps = [step("leave_automation", automation=automation.pk), step("tag", tag="לא")]
    switching.switch_on(
        switching.save(automation, automation.draft | {"steps": steps}, revision=None, now=NOW), now=NOW
    )
    automation.refresh_from_db()
    enter(automation, dana)
    assert trace(Enrolment.objects.get()) == [("leave_automation", "done")]


@pytest.mark.parametrize("name", ["start", "leave_automation"])
def test_an_automation_of_another_business_cannot_be_chosen(workspace, name):
    foreign = switching.create(WorkspaceFactory(), name="x", by=None)
    with pytest.raises(ValidationError):
        flow.clean({"steps": [step(name, automation=foreign.pk)]}, workspace)
    assert chaining.other(foreign.pk, workspace) is None


@pytest.mark.parametrize("name", ["add", "task", "notify", "webhook", "start", "leave_automation"])
def test_what_was_just_added_is_kept_in_a_draft_and_lacks_its_settings(workspace, name):
    draft = flow.clean({"steps": [step(name)]}, workspace)
    assert [found[0] for found in flow.problems(draft, workspace)] == [draft["steps"][0]["id"]]
    assert base.get(name).words(draft["steps"][0], workspace)


def test_what_was_given_up_is_told_at_home(owner_client, workspace, dana, member):
    automation = make(workspace, step("notify", member=member.pk, words="x"), on=None)
    enter(automation, dana)
    home = reverse("workspaces:home", kwargs={"workspace": workspace.slug})
    assert automation.name not in owner_client.get(home).content.decode()
    Errand.objects.update(state="parked", answer="אין שם איש")
    page = owner_client.get(home).content.decode()
    assert automation.name in page
    assert "אין שם איש" in page
