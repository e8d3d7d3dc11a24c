"""Numbers at every step, and the people behind each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.automations import counting, leaving, reporting, switching, tracing
from campaigns.automations.models import Enrolment
from tests.campaigns.automations.making import START, after, make, run, step
from tests.crm.factories import ContactFactory, ListFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace():
    return WorkspaceFactory()


@pytest.fixture
def walked(workspace):
    """Four people: two of one path and one of the other, of whom one was taken out while waiting; the last is stuck."""
    names = ("דנה", "דנה", "יואב", "רון")
    people = [ContactFactory(workspace=workspace, first_name=name) for name in names]
    row = ListFactory(workspace=workspace)
    is_dana, is_ron = ({"field": "first_name", "op": "equals", "value": name} for name in ("דנה", "רון"))
    branch = step(
        "branch",
        paths=[
            {"rule": is_dana, "name": "דנה", "steps": [step("wait", amount=1, unit="days")]},
            {"rule": is_ron, "name": "רון", "steps": [step("join", list=row.pk)]},
        ],
    )
    automation = make(workspace, branch, step("tag", tag="סוף"), on=None)
    row.deleted_at = START
    row.save()
    switching.enrol_by_hand(automation, [one.pk for one in people], occasion="test", now=START)
    run()
    leaving.leave(automation, [people[1].pk], reason=Enrolment.Reason.BY_HAND, now=START)
    return automation, people


def test_every_step_is_counted_in_two_statements(walked, django_assert_num_queries):
    automation, _people = walked
    branch, tag = automation.draft["steps"]
    wait, join = (path["steps"][0]["id"] for path in branch["paths"])
    with django_assert_num_queries(2):
        counts = counting.of(automation)
    assert (counts.entered, counts.active, counts.stuck, counts.done, counts.left) == (4, 1, 1, 1, 1)
    chose = counts.of(branch["id"])
    assert dict(chose.paths) == {branch["paths"][0]["id"]: 2, branch["paths"][1]["id"]: 1, "": 1}
    assert chose.share(branch["paths"][0]["id"]) == 50
    numbers = {name: counts.of(one) for name, one in (("wait", wait), ("join", join), ("tag", tag["id"]))}
    said = {name: (one.entered, one.waiting, one.done, one.left, one.stuck) for name, one in numbers.items()}
    assert said == {"wait": (2, 1, 0, 1, 0), "join": (1, 0, 0, 0, 1), "tag": (1, 0, 1, 0, 0)}


@pytest.mark.parametrize("which", counting.WHICH)
def test_every_number_opens_as_many_as_it_says(walked, which):
    automation, _people = walked
    counts = counting.of(automation)
    assert counts.steps
    for pk, count in counts.steps.items():
        assert counting.people(automation, step=pk, which=which).count() == getattr(count, which)


def test_each_path_opens_who_took_it(walked):
    automation, people = walked
    branch = automation.draft["steps"][0]
    took = counting.people(automation, step=branch["id"], which="done", path=branch["paths"][0]["id"])
    assert {one.contact for one in took} == set(people[:2])
    [row] = [row for row in reporting.report(automation).steps if row.id == branch["id"]]
    for path in row.paths:
        assert counting.people(automation, step=branch["id"], which="done", path=path.id).count() == path.number
    assert row.paths[-1].id == counting.NO_PATH


def test_a_version_that_changed_the_words_keeps_the_numbers_of_the_step(walked):
    automation, _people = walked
    draft = automation.draft | {"steps": [automation.draft["steps"][1]]}
    switching.save(automation, draft, revision=None, now=START)
    switching.switch_on(automation, now=START)
    told = reporting.report(automation)
    assert [row.count.done for row in told.steps] == [1]
    assert {row.count.entered for row in told.gone} == {4, 2, 1}


def test_who_should_have_gone_on_is_late_unless_the_automation_stands_still(walked):
    automation, _people = walked
    assert not counting.late(now=after(hours=23)).exists()
    assert counting.late(now=after(days=2)).count() == 1
    switching.pause(automation, now=START)
    assert not counting.late(now=after(days=2)).exists()


def test_a_trace_says_what_happened_and_why(walked):
    automation, people = walked
    walk = Enrolment.objects.select_related("version").get(contact=people[0])
    told = tracing.of(walk, automation.workspace)
    [line] = told.lines
    assert line.why.startswith("דנה")
    assert "דנה" in line.why
    assert told.standing
    assert not told.ended
    left = tracing.of(Enrolment.objects.select_related("version").get(contact=people[1]), automation.workspace)
    assert left.ended == Enrolment.Reason.BY_HAND.label


@pytest.mark.parametrize(
    ("behind", "state", "said"), [(0, "active", "ok"), (1, "active", "late"), (0, "stuck", "stuck")]
)
def test_the_health_of_the_installation_knows(client, workspace, behind, state, said):
    automation = make(workspace, step("wait", amount=1, unit="days"), on=None, at=timezone.now())
    [pk] = switching.enrol_by_hand(
        automation, [ContactFactory(workspace=workspace).pk], occasion="x", now=timezone.now()
    )
    due = None if state == "stuck" else timezone.now() - timedelta(hours=behind) + timedelta(minutes=10)
    Enrolment.objects.filter(pk=pk).update(state=state, due_at=due)
    assert client.get("/healthz").json()["automations"] == said
