"""Changing what runs: a test for each choice an owner has while people are inside, in every kind of step."""

from __future__ import annotations

import copy

import pytest
from django.core.exceptions import ValidationError

from campaigns.automations import flow, leaving, switching
from campaigns.automations.models import Automation, Enrolment
from crm.models import ContactTag
from tests.campaigns.automations.making import START, after, make, run, step, trace
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, WorkspaceFactory, make_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace():
    return WorkspaceFactory()


@pytest.fixture
def waiting(workspace):
    """Somebody waits a day before they are tagged."""
    automation = make(workspace, step("wait", amount=1, unit="days"), step("tag", tag="ישן"), on=None)
    contact = ContactFactory(workspace=workspace)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    return automation


def changed(automation: Automation, **said) -> Automation:
    draft = copy.deepcopy(automation.draft) | said
    return switching.save(automation, draft, revision=None, now=START)


def with_tag(automation: Automation, tag: str) -> Automation:
    steps = copy.deepcopy(automation.draft["steps"])
    steps[1]["tag"] = tag
    return changed(automation, steps=steps)


def test_a_draft_that_is_edited_changes_nothing_that_runs(waiting):
    with_tag(waiting, "חדש")
    run(after(days=1))
    assert [row.tag.name for row in ContactTag.objects.all()] == ["ישן"]


def test_people_inside_are_moved_to_what_changed(waiting):
    switching.switch_on(with_tag(waiting, "חדש"), now=START)
    run(after(days=1))
    assert [row.tag.name for row in ContactTag.objects.all()] == ["חדש"]


def test_or_finish_what_they_began(waiting):
    switching.switch_on(with_tag(waiting, "חדש"), move=False, now=START)
    run(after(days=1))
    assert [row.tag.name for row in ContactTag.objects.all()] == ["ישן"]


def test_whose_step_was_removed_leaves(waiting):
    switching.switch_on(changed(waiting, steps=[waiting.draft["steps"][1]]), now=START)
    one = Enrolment.objects.get()
    assert (one.state, one.reason) == ("left", "changed")


def test_a_step_that_was_moved_is_not_done_again(workspace):
    tag, wait = step("tag", tag="א"), step("wait", amount=1, unit="days")
    automation = make(workspace, tag, wait, step("untag", tag="ב"), on=None)
    contact = ContactFactory(workspace=workspace)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    run()
    ContactTag.objects.all().delete()
    switching.switch_on(changed(automation, steps=[wait, tag]), now=START)
    run(after(days=1))
    one = Enrolment.objects.get()
    assert (one.state, trace(one)) == ("done", [("tag", "done"), ("wait", "done")])
    assert not ContactTag.objects.exists()


def test_paused_stands_still_and_goes_on_where_it_stood(waiting):
    switching.pause(waiting, now=START)
    run(after(days=2))
    assert Enrolment.objects.get().state == "active"
    switching.resume(waiting, now=after(days=2))
    run(after(days=2))
    assert Enrolment.objects.get().state == "done"


def test_who_came_while_it_was_paused_is_not_let_in_afterwards(workspace):
    automation = make(workspace, step("tag", tag="א"), on={"on": "event", "event": "order.placed"})
    switching.pause(automation, now=START)
    make_event("order.placed", contact=ContactFactory(workspace=workspace))
    run()
    switching.resume(automation, now=START)
    run()
    assert not Enrolment.objects.exists()


def test_switched_off_lets_nobody_in_and_those_inside_finish(waiting):
    switching.switch_off(waiting, now=START)
    with pytest.raises(ValidationError):
        switching.enrol_by_hand(waiting, [ContactFactory(workspace=waiting.workspace).pk], occasion="x", now=START)
    run(after(days=1))
    assert Enrolment.objects.get().state == "done"


def test_or_are_taken_out(waiting):
    switching.switch_off(waiting, take_out=True, now=START)
    run(after(days=1))
    one = Enrolment.objects.get()
    assert (one.state, one.reason, one.passages.count()) == ("left", "off", 0)


def test_the_bin_takes_everybody_out_and_gives_the_automation_back_switched_off(waiting):
    switching.bin(waiting, now=START)
    run(after(days=1))
    assert Enrolment.objects.get().reason == "off"
    switching.restore(waiting)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.deleted_at) == ("off", None)


def test_one_person_is_taken_out_by_hand(waiting):
    contact = Enrolment.objects.get().contact_id
    assert leaving.leave(waiting, [contact], reason=Enrolment.Reason.BY_HAND, now=START) == 1
    run(after(days=1))
    assert not ContactTag.objects.exists()


def test_what_is_not_whole_cannot_be_switched_on(workspace):
    draft = {"steps": [step("tag")], "triggers": []}
    automation = switching.create(workspace, name="תהליך", draft=draft, by=None)
    with pytest.raises(ValidationError) as refused:
        switching.switch_on(automation, now=START)
    assert [error.code for error in refused.value.error_list] == [draft["steps"][0]["id"]]
    automation.refresh_from_db()
    assert (automation.status, automation.version) == ("draft", None)


def test_what_is_gone_stands_in_the_way_of_switching_on_and_not_of_mending(workspace):
    field, row = CustomFieldFactory(workspace=workspace), ListFactory(workspace=workspace)
    rule = {"field": field.storage_key, "op": "filled"}
    paths = [{"rule": rule, "steps": [step("join", list=row.pk)]}]
    draft = {"rule": rule, "goal": rule, "steps": [step("join", list=row.pk), step("branch", paths=paths)]}
    automation = switching.create(workspace, name="תהליך", draft=draft, by=None)
    field.archived_at = row.deleted_at = START
    field.save()
    row.save()
    mended = copy.deepcopy(automation.draft)
    mended["steps"][0]["list"] = ListFactory(workspace=workspace).pk
    automation = switching.save(automation, mended, revision=None, now=START)
    branch, inner = mended["steps"][1], mended["steps"][1]["paths"][0]["steps"][0]
    assert [code for code, _words in flow.problems(automation.draft, workspace)] == ["", "", branch["id"], inner["id"]]
    with pytest.raises(ValidationError):
        switching.save(automation, mended | {"steps": [step("join", list=row.pk)]}, revision=None, now=START)
    with pytest.raises(ValidationError):
        switching.switch_on(automation, now=START)


@pytest.mark.parametrize("change", [{"amount": True}, {"amount": 1.0}, {"unit": "x"}, {"more": 1}])
def test_only_what_stood_just_so_is_taken_unseen(waiting, change):
    wait, tag = copy.deepcopy(waiting.draft["steps"])
    if "more" in change:
        assert "more" not in changed(waiting, steps=[wait | change, tag]).draft["steps"][0]
    else:
        with pytest.raises(ValidationError):
            changed(waiting, steps=[wait | change, tag])


def test_a_draft_saved_by_somebody_else_meanwhile_is_not_overwritten(waiting):
    switching.save(waiting, waiting.draft, revision=waiting.revision, now=START)
    with pytest.raises(ValidationError) as refused:
        switching.save(waiting, waiting.draft, revision=waiting.revision, now=START)
    assert refused.value.code == "stale"


@pytest.mark.parametrize("turn", [switching.resume, switching.switch_off, switching.pause])
def test_arrows_that_do_not_exist_are_refused(workspace, turn):
    automation = switching.create(workspace, name="תהליך", by=None)
    with pytest.raises(ValidationError):
        turn(automation, now=START)
