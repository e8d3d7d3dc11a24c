"""The screens of what happened, and of the rehearsal."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.automations import flow, leaving, moving, rehearsing, switching
from campaigns.automations.models import Automation, Enrolment
from crm.models import Event, Segment
from tests.crm.factories import ContactFactory, make_event

pytestmark = pytest.mark.django_db
step = flow.new_step


@pytest.fixture
def running(workspace):
    trigger = {"on": "event", "event": "order.placed"}
    said = flow.empty() | {"triggers": [trigger], "steps": [step("wait", amount=1), step("tag", tag="ותיקה")]}
    automation = switching.create(workspace, name="ברוכים הבאים", draft=said, by=None)
    return switching.switch_on(automation, now=timezone.now())


@pytest.fixture
def people(workspace, running):
    made = [ContactFactory(workspace=workspace, first_name=name) for name in ("דנה", "יואב")]
    switching.enrol_by_hand(running, [one.pk for one in made], occasion="x", now=timezone.now())
    return made


def stuck(person) -> Enrolment:
    Enrolment.objects.filter(contact=person).update(state="stuck", due_at=None, trouble="הרשימה נמחקה")
    return Enrolment.objects.get(contact=person)


def test_every_number_of_the_report_opens_as_many_people(client_as, owner, running, people):
    client = client_as(owner)
    page = client.get(f"/w/{running.workspace.slug}/automations/{running.pk}/report/").content.decode()
    links = re.findall(r'href="([^"]+/people/\?[^"]+)"[^>]*>(?:<[^>]+>)*([\d,]+)', page)
    assert len(links) >= 5
    for link, number in links:
        shown = client.get(link.replace("&amp;", "&")).content.decode()
        assert len(set(re.findall(r"/automations/walks/(\d+)/", shown))) == int(number), link


def test_a_stuck_walk_says_why_and_is_tried_again(client_as, owner, running, people):
    walk = stuck(people[0])
    base = f"/w/{running.workspace.slug}/automations/walks/{walk.pk}/"
    assert "הרשימה נמחקה" in client_as(owner).get(base).content.decode()
    assert client_as(owner).post(f"{base}again/").status_code == 302
    walk.refresh_from_db()
    assert (walk.state, walk.trouble) == ("active", "")
    moving.move(timezone.now() + timedelta(days=2), until=10**9)
    assert "ותיקה" in client_as(owner).get(base).content.decode()


def test_one_walk_is_ended_by_hand_and_no_other(client_as, owner, running, people):
    walk = Enrolment.objects.get(contact=people[0])
    client_as(owner).post(f"/w/{running.workspace.slug}/automations/walks/{walk.pk}/leave/")
    assert set(Enrolment.objects.values_list("contact", "reason")) == {(people[0].pk, "by_hand"), (people[1].pk, "")}


def test_the_list_is_searched_by_person_automation_and_state(client_as, owner, running, people):
    client, url = client_as(owner), f"/w/{running.workspace.slug}/automations/walks/"
    leaving.leave(running, [people[1].pk], reason=Enrolment.Reason.BY_HAND, now=timezone.now())

    def named(query: str) -> set[str]:
        page = client.get(f"{url}?{query}", headers={"HX-Request": "true"}).content.decode()
        return {name for name in ("דנה", "יואב") if name in page}

    assert named("") == {"דנה", "יואב"}
    assert named("q=דנה") == named("state=active") == {"דנה"}
    assert named("state=left") == {"יואב"}
    assert named(f"automation={running.pk + 1}") == set()
    assert named("automation=nonsense&state=nonsense&page=x") == {"דנה", "יואב"}


def test_a_number_is_saved_as_a_segment(client_as, owner, running, people):
    first = running.draft["steps"][0]["id"]
    url = f"/w/{running.workspace.slug}/automations/{running.pk}/people/segment/?step={first}&which=waiting"
    assert client_as(owner).post(url).status_code == 302
    segment = Segment.objects.get()
    assert segment.members.count() == 2
    assert "ברוכים הבאים" in segment.name


def test_a_rehearsal_shows_who_would_have_entered_and_changes_nothing(client_as, owner, running):
    dana = ContactFactory(workspace=running.workspace, first_name="דנה")
    make_event("order.placed", contact=dana, occurred_at=timezone.now() - timedelta(days=3))
    url, before = f"/w/{running.workspace.slug}/automations/{running.pk}/rehearsal/", Event.objects.count()
    client = client_as(owner)
    assert "דנה" not in client.get(url).content.decode()
    page = client.post(url).content.decode()
    assert "דנה" in page
    assert "ותיקה" in page
    assert (Event.objects.count(), Enrolment.objects.count(), Automation.objects.get().status) == (before, 0, "on")


def test_a_draft_that_is_not_whole_says_what_is_missing(client_as, owner, workspace):
    automation = switching.create(workspace, name="ריק", by=None)
    answer = client_as(owner).post(f"/w/{workspace.slug}/automations/{automation.pk}/rehearsal/")
    assert answer.status_code == 422
    assert flow.problems(automation.draft, workspace)[0][1] in answer.content.decode()


def test_a_busy_database_is_told_and_the_rehearsal_given_up(client_as, owner, running, monkeypatch):
    from django.db import OperationalError

    def busy(*_said, **_more):
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(rehearsing, "rehearse", busy)
    answer = client_as(owner).post(f"/w/{running.workspace.slug}/automations/{running.pk}/rehearsal/")
    assert answer.status_code == 409


def test_who_may_only_read_rehearses_nothing_and_ends_nobody(client_as, analyst, running, people):
    base, walk = f"/w/{running.workspace.slug}/automations", Enrolment.objects.get(contact=people[0])
    client = client_as(analyst)
    assert client.get(f"{base}/walks/{walk.pk}/").status_code == 200
    assert client.post(f"{base}/walks/{walk.pk}/leave/").status_code == 403
    assert client.post(f"{base}/{running.pk}/rehearsal/").status_code == 403
