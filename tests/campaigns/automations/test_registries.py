"""What automations hold of a person goes out, goes away and follows a merge; what they name is told before it is gone."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from campaigns.automations import switching
from campaigns.automations.models import Automation, Enrolment, Passage
from crm.contacts import disclosing, erasing, merging, subscribing, unmerging, usage
from crm.workspaces import naming
from tests.campaigns.automations.making import JOINED, START, after, make, run, step, trace
from tests.campaigns.mailings.factories import MailingFactory
from tests.campaigns.pages.factories import LandingPageFactory
from tests.crm.factories import (
    ContactFactory,
    CustomFieldFactory,
    ListFactory,
    SegmentFactory,
    TagFactory,
    WorkspaceFactory,
)
from tests.surveys.factories import make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return WorkspaceFactory(with_sender=True)


@pytest.fixture
def pair(workspace):
    return ContactFactory(workspace=workspace), ContactFactory(workspace=workspace)


def waiting(workspace, **said) -> Automation:
    return make(workspace, step("wait", amount=1, unit="days"), step("tag", tag="סוף"), on=None, **said)


def enter(automation, *contacts, occasion="test"):
    switching.enrol_by_hand(automation, [one.pk for one in contacts], occasion=occasion, now=START)


# -- one person, two rows --------------------------------------------------------------------------------------------------


def test_a_walk_goes_on_as_the_winners_and_back(workspace, pair):
    winner, loser = pair
    automation = waiting(workspace)
    enter(automation, loser)
    merging.merge(winner, loser, "user:1")
    run(after(days=1))
    one = Enrolment.objects.get()
    assert (one.contact, one.state, trace(one)) == (winner, "done", [("wait", "done"), ("tag", "done")])
    assert winner.contact_tags.count() == 1
    loser.refresh_from_db()
    unmerging.unmerge(loser, "user:1")
    one.refresh_from_db()
    assert one.contact == loser


def test_of_two_walks_in_one_automation_the_winners_goes_on(workspace, pair):
    winner, loser = pair
    automation = waiting(workspace)
    enter(automation, winner, loser)
    due = Enrolment.objects.get(contact=loser).due_at
    merging.merge(winner, loser, "user:1")
    theirs = Enrolment.objects.get(contact=loser)
    assert (theirs.state, theirs.reason) == ("left", "merged")
    loser.refresh_from_db()
    unmerging.unmerge(loser, "user:1")
    theirs.refresh_from_db()
    assert (theirs.state, theirs.reason, theirs.due_at, theirs.ended_at) == ("active", "", due, None)
    run(after(days=1))
    assert set(Enrolment.objects.values_list("contact", "state")) == {(winner.pk, "done"), (loser.pk, "done")}


def test_who_walked_it_once_as_the_other_does_not_walk_it_again(workspace, pair):
    winner, loser = pair
    automation = waiting(workspace, again="once")
    enter(automation, loser, occasion="a")
    run(after(days=1))
    merging.merge(winner, loser, "user:1")
    enter(automation, winner, occasion="b")
    assert [(one.contact, one.state) for one in Enrolment.objects.all()] == [(winner, "done")]


def test_walks_that_may_lie_side_by_side_are_both_kept(workspace, pair):
    winner, loser = pair
    automation = waiting(workspace, again="always")
    enter(automation, winner, occasion="a")
    enter(automation, loser, occasion="b")
    enter(automation, loser, occasion="a")
    merging.merge(winner, loser, "user:1")
    kept = Enrolment.objects.filter(state="active").order_by("occasion").values_list("contact", "occasion")
    assert list(kept) == [(winner.pk, "a"), (winner.pk, "b")]


def test_what_people_went_through_is_told_to_them(workspace, pair):
    dana, _other = pair
    enter(waiting(workspace), dana)
    run(after(days=1))
    told = json.loads(disclosing.disclose(dana).as_json())
    assert [row["state"] for row in told["automations"]] == ["done"]
    assert [row["outcome"] for row in told["automation_steps"]] == ["done", "done"]
    assert "סוף" in told["automation_steps"][1]["step_text"]


def test_an_erased_persons_walks_are_gone(workspace, pair):
    dana, _other = pair
    enter(waiting(workspace), dana)
    run(after(days=1))
    erasing.erase(dana, actor="user:1")
    assert (Enrolment.objects.count(), Passage.objects.count()) == (0, 0)


# -- what they name --------------------------------------------------------------------------------------------------------


def named(workspace, **said) -> Automation:
    draft = {"steps": [step("tag", tag="א")], **said}
    return switching.create(workspace, name="סיפור", draft=draft, by=None)


@pytest.mark.parametrize("where", ["step", "rule", "trigger", "date", "add"])
def test_a_field_is_told_of_wherever_an_automation_names_it(workspace, where):
    field = CustomFieldFactory(workspace=workspace, number=where == "add", date=where == "date")
    key = field.storage_key
    said = {
        "step": {"steps": [step("set", field=key, value="x")]},
        "add": {"steps": [step("add", field=key, value=1)]},
        "rule": {"rule": {"field": key, "op": "filled"}},
        "trigger": {"triggers": [{"on": "event", "event": "field.changed", "subject": field.pk}]},
        "date": {"triggers": [{"on": "date", "field": key}]},
    }
    assert usage.uses_of(field) == []
    named(workspace, **said[where])
    [use] = usage.uses_of(field)
    assert (use.name, len(use.conditions)) == ("סיפור", 1 if where == "rule" else 0)
    other = CustomFieldFactory(workspace=workspace)
    assert usage.uses_of(other) == []


def test_what_runs_is_told_of_too_though_the_draft_has_changed(workspace):
    row = ListFactory(workspace=workspace)
    automation = make(workspace, step("join", list=row.pk), on=None)
    switching.save(automation, automation.draft | {"steps": []}, revision=None, now=START)
    assert len(naming.names_of(workspace, "list", row.pk)) == 1


def test_lists_segments_tags_mailings_and_pages_are_told_of(workspace):
    row, segment = ListFactory(workspace=workspace), SegmentFactory(workspace=workspace)
    mailing, page = MailingFactory(workspace=workspace), LandingPageFactory(workspace=workspace)
    tag = subscribing.tag_named(workspace, "VIP")
    said = {
        ("list", row.pk): {"triggers": [JOINED | {"subject": row.pk}]},
        ("segment", segment.pk): {"rule": {"segment": segment.pk}},
        ("tag", tag.name): {"steps": [step("tag", tag="vip")]},
        ("mailing", mailing.pk): {"steps": [step("mail", mailing=mailing.pk)]},
        ("page", page.pk): {"triggers": [{"on": "event", "event": "page.viewed", "subject": page.pk}]},
    }
    for (kind, value), draft in said.items():
        assert naming.names_of(workspace, kind, value) == []
        automation = named(workspace, **draft)
        assert len(naming.names_of(workspace, kind, value)) == 1, kind
        assert naming.names_of(WorkspaceFactory(), kind, value) == []
        switching.bin(automation, now=START)
        assert naming.names_of(workspace, kind, value) == []


@pytest.mark.parametrize("kind", ["list", "tag", "segment", "mailing", "page", "survey"])
def test_whoever_deletes_it_is_told(owner_client, workspace, kind):
    row = {
        "list": ListFactory, "segment": SegmentFactory, "mailing": MailingFactory, "page": LandingPageFactory,
        "survey": lambda workspace: make_survey(workspace, "rating", kind="identified"), "tag": TagFactory,
    }[kind](workspace=workspace)  # fmt: skip
    said = {
        "list": {"steps": [step("join", list=row.pk)]},
        "segment": {"rule": {"segment": row.pk}},
        "mailing": {"steps": [step("mail", mailing=row.pk)]},
        "page": {"triggers": [{"on": "event", "event": "page.viewed", "subject": row.pk}]},
        "survey": {"triggers": [{"on": "event", "event": "survey.answered", "subject": row.pk}]},
        "tag": {"steps": [step("untag", tag=row.name if kind == "tag" else "x")]},
    }
    named(workspace, **said[kind])
    room, verb = {
        "list": ("contacts", "list_delete"), "tag": ("contacts", "tag_delete"), "segment": ("segments", "segment_delete"),
        "mailing": ("mailings", "mailing_bin"), "page": ("pages", "page_delete"), "survey": ("surveys", "survey_delete"),
    }[kind]  # fmt: skip
    url = reverse(f"{room}:{verb}", kwargs={"workspace": workspace.slug, "pk": row.pk})
    page = owner_client.post(url, follow=True).content.decode()
    assert "סיפור" in page


def test_nothing_is_said_of_what_nobody_names(workspace):
    assert naming.with_warning("Done.", workspace, "list", 1) == "Done."
