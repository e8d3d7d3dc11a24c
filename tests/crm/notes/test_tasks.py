from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from crm.contacts import erasing
from crm.models import Event, OutboxMessage, Task
from crm.notes import planning, reminding
from tests.crm.factories import ContactFactory, MembershipFactory, TaskFactory

HTMX = {"HX-Request": "true"}
DAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)  # noon in Israel
OUTBOX = override_settings(EMAIL_BACKEND="crm.outbox.backend.SystemMailBackend")


def said(**more: Any) -> dict[str, Any]:
    return {"title": "לחזור בטלפון", "due_on": DAY, "due_time": None, "reminder": ""} | more


@pytest.fixture
def me(workspace, owner):
    return workspace.memberships.get(user=owner)


@pytest.fixture
def reminded(contact, me):
    """A task of mine whose reminder is due at noon."""
    return planning.add(contact, said=said(due_time=time(12), reminder="at", assignee=me), by=me.user, actor="")


def test_a_task_is_added_and_told(owner_client, owner, me, url, contact):
    body = {
        "title": " לחזור  בטלפון ",
        "due_on": "2026-11-30",
        "due_time": "16:30",
        "assignee": me.pk,
        "reminder": "hour",
    }
    assert owner_client.post(url("contact_tasks", pk=contact.pk), body).status_code == 302
    task = Task.objects.get()
    assert (task.title, task.due_on, task.due_time, task.assignee) == ("לחזור בטלפון", DAY, time(16, 30), me)
    assert timezone.localtime(task.remind_at, contact.workspace.zone).strftime("%H:%M") == "15:30"
    event = Event.objects.get(kind="task.added")
    assert (event.subject_label, event.properties) == ("", {"shown": "לחזור בטלפון"})


@pytest.mark.parametrize(
    ("due_time", "reminder", "wanted"),
    [
        (None, "", None),
        (None, "at", "2026-11-30 09:00"),
        (time(14), "at", "2026-11-30 14:00"),
        (time(14), "hour", "2026-11-30 13:00"),
        (time(14), "day", "2026-11-29 09:00"),
    ],
)
def test_a_reminder_comes_on_the_clock_of_the_business(contact, due_time, reminder, wanted):
    task = planning.add(contact, said=said(due_time=due_time, reminder=reminder), by=None, actor="")
    moment = task.remind_at and timezone.localtime(task.remind_at, contact.workspace.zone)
    assert (moment and f"{moment:%Y-%m-%d %H:%M}") == wanted


@pytest.mark.parametrize(
    "fault",
    [{"title": ""}, {"title": "א" * 201}, {"due_on": None}, {"due_on": date(1, 1, 1)}, {"reminder": "soon"}],
)
def test_a_faulty_task_is_refused_naming_the_part(contact, fault):
    with pytest.raises(ValidationError) as refused:
        planning.add(contact, said=said(**fault), by=None, actor="")
    assert list(refused.value.message_dict) == list(fault)


def test_a_stranger_gets_no_task(contact):
    with pytest.raises(ValidationError):
        planning.add(contact, said=said(assignee=MembershipFactory()), by=None, actor="")


def test_a_faulty_form_stays_in_its_place_on_the_card(owner_client, url, contact):
    response = owner_client.post(url("contact_tasks", pk=contact.pk), {"title": ""}, headers=HTMX)
    assert response.status_code == 422
    assert response.headers["HX-Retarget"] == "#task-form"
    assert owner_client.post(url("contact_tasks", pk=contact.pk), {"title": ""}).status_code == 422


def test_a_task_is_done_once_and_undone(owner_client, owner, url, contact):
    task = TaskFactory(contact=contact)
    response = owner_client.post(url("task_finish", pk=task.pk), headers=HTMX)
    assert url("task_reopen", pk=task.pk) in response.headers["HX-Trigger"]
    owner_client.post(url("task_finish", pk=task.pk))
    task.refresh_from_db()
    assert task.done_by == owner
    assert Event.objects.filter(kind="task.done").count() == 1
    owner_client.post(url("task_reopen", pk=task.pk))
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (None, None)


def test_a_task_is_edited_deleted_and_brought_back(owner_client, url, contact):
    task = TaskFactory(contact=contact)
    assert owner_client.get(url("task_edit", pk=task.pk)).status_code == 200
    owner_client.post(url("task_edit", pk=task.pk), {"title": "אחרת", "due_on": "2026-12-01"})
    task.refresh_from_db()
    assert (task.title, task.due_on) == ("אחרת", date(2026, 12, 1))
    owner_client.post(url("task_delete", pk=task.pk))
    assert list(Task.objects.open()) == []
    owner_client.post(url("task_restore", pk=task.pk))
    assert list(Task.objects.open()) == [task]


def test_the_screen_parts_what_is_late_today_and_later_mine_and_all(owner_client, url, contact, me):
    today = timezone.localdate()
    for days in (-2, 0, 3):
        TaskFactory(contact=contact, assignee=me, due_on=today + timedelta(days=days))
    TaskFactory(contact=contact)
    TaskFactory(contact=contact, assignee=me, done=True)
    TaskFactory(contact=ContactFactory(workspace=contact.workspace, binned=True), assignee=me)
    TaskFactory()
    rows = owner_client.get(url("task_list")).context["rows"]
    assert [(row.part, row.opens) for row in rows] == [("late", True), ("today", True), ("later", True)]
    assert len(owner_client.get(url("task_list") + "?who=all").context["rows"]) == 4
    assert [row.part for row in owner_client.get(url("task_list") + "?show=done").context["rows"]] == ["done"]


def test_a_task_of_an_hour_that_passed_is_late(contact):
    task = TaskFactory.build(due_on=DAY, due_time=time(11))
    assert task.is_late(datetime(2026, 11, 30, 12, 0, tzinfo=UTC))
    assert not task.is_late(datetime(2026, 11, 30, 10, 0, tzinfo=UTC))
    assert not TaskFactory.build(due_on=DAY).is_late(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))


def test_the_list_asks_as_many_questions_of_three_as_of_thirty(
    owner_client, url, workspace, me, django_assert_num_queries
):
    for _number in range(30):
        TaskFactory(contact=ContactFactory(workspace=workspace, with_phone=True), assignee=me)
    with django_assert_num_queries(9):
        owner_client.get(url("task_list") + "?who=all")


def test_the_home_screen_counts_my_tasks_of_today(owner_client, workspace, contact, me):
    today = timezone.localdate()
    TaskFactory(contact=contact, assignee=me, due_on=today)
    TaskFactory(contact=contact, assignee=me, due_on=today - timedelta(days=1))
    TaskFactory(contact=contact, assignee=me, due_on=today + timedelta(days=1))
    TaskFactory(contact=contact, assignee=MembershipFactory(workspace=workspace))
    matters = owner_client.get(f"/w/{workspace.slug}/").context["matters"]
    assert [matter.url for matter in matters] == [f"/w/{workspace.slug}/tasks/"]
    assert "2" in matters[0].what


# -- reminders -----------------------------------------------------------------------------------------------------------


def test_a_reminder_goes_once_to_who_does_the_task(reminded, me):
    assert reminding.remind(NOW - timedelta(minutes=1)) == 0
    assert reminding.remind(NOW) == 1
    assert reminding.remind(NOW + timedelta(minutes=1)) == 0
    assert [message.to for message in mail.outbox] == [[me.user.email]]
    assert "לחזור בטלפון" in mail.outbox[0].subject
    assert "dana@example.test" not in mail.outbox[0].body
    reminded.refresh_from_db()
    assert reminded.reminded_at == NOW


@OUTBOX
@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_one_mail(reminded):
    results: list[int] = []

    def work() -> None:
        results.append(reminding.remind(NOW))
        connections.close_all()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert sorted(results) == [0, 0, 0, 1]
    assert OutboxMessage.objects.count() == 1


@OUTBOX
def test_a_mail_that_was_not_kept_leaves_the_task_to_be_reminded_of(reminded, monkeypatch):
    from crm.outbox import recording

    monkeypatch.setattr(recording, "keep_many", _fail)
    assert reminding.remind(NOW) == 0
    reminded.refresh_from_db()
    assert reminded.reminded_at is None
    monkeypatch.undo()
    assert reminding.remind(NOW) == 1


def _fail(*_args: Any, **_kwargs: Any) -> int:
    raise ConnectionRefusedError


@pytest.mark.parametrize(
    "change",
    [{"done_at": NOW}, {"deleted_at": NOW}, {"reminder": "", "remind_at": None}],
    ids=["done", "deleted", "none"],
)
def test_what_is_done_deleted_or_not_asked_for_is_not_reminded_of(reminded, change):
    Task.objects.filter(pk=reminded.pk).update(**change)
    assert reminding.remind(NOW) == 0


def test_nobody_is_reminded_of_yesterday(reminded):
    assert reminding.remind(NOW + timedelta(days=1, minutes=1)) == 0


def test_another_moment_is_reminded_of_anew(reminded):
    reminding.remind(NOW)
    planning.edit(reminded, said={"title": "אחרת"})
    assert reminding.remind(NOW + timedelta(hours=1)) == 0
    planning.edit(reminded, said={"due_time": time(13)})
    assert reminding.remind(NOW + timedelta(hours=1)) == 1
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 2


def test_a_task_whose_doer_left_reminds_who_planned_it_or_nobody(workspace, contact, reminded, me):
    planner = MembershipFactory(workspace=workspace)
    Task.objects.update(created_by=planner.user)
    me.delete()
    assert reminding.remind(NOW) == 1
    assert mail.outbox[0].to == [planner.user.email]
    Task.objects.update(reminded_at=None)
    planner.delete()
    assert reminding.remind(NOW) == 0


@OUTBOX
def test_erasing_a_person_takes_the_reminders_that_the_outbox_kept(reminded, contact):
    reminding.remind(NOW)
    assert OutboxMessage.objects.count() == 1
    erasing.erase(contact, actor="")
    assert OutboxMessage.objects.count() == 0


# -- REST ----------------------------------------------------------------------------------------------------------------


def test_rest_plans_filters_and_finishes(api, contact, me):
    body = {
        "contact": contact.pk,
        "title": "לחזור",
        "due_on": "2026-11-30",
        "assignee": me.user.email,
        "reminder": "at",
    }
    made = api.post("tasks/", body).json()
    assert (made["assignee"], made["done"], made["reminder"]) == (me.user.email, False, "at")
    other = TaskFactory(contact=contact, due_on=date(2026, 12, 5), done=True)
    asked = {
        f"contact={contact.pk}": 2,
        "done=false": 1,
        "done=true": 1,
        "due_from=2026-12-01": 1,
        "due_to=2026-11-30": 1,
        f"assignee={me.user.email}": 1,
    }
    assert {query: len(api.get(f"tasks/?{query}").json()["results"]) for query in asked} == asked
    assert api.patch(f"tasks/{made['id']}/", {"done": True}).json()["done"] is True
    assert api.patch(f"tasks/{other.pk}/", {"done": False, "due_time": "10:00"}).json()["due_time"] == "10:00:00"
    assert api.delete(f"tasks/{made['id']}/").status_code == 204
    assert api.get(f"tasks/{made['id']}/").status_code == 404


@pytest.mark.parametrize("fault", [{"contact": 10**15}, {"assignee": "x@y.test"}, {"due_on": "soon"}, {"title": ""}])
def test_rest_refuses_naming_the_part(api, contact, fault):
    response = api.post("tasks/", {"contact": contact.pk, "title": "א", "due_on": "2026-11-30"} | fault)
    assert response.status_code == 400
    assert next(iter(fault)) in response.content.decode()


def test_rest_knows_no_stranger(api):
    assert api.post("tasks/", {"contact": ContactFactory().pk, "title": "א", "due_on": "2026-11-30"}).status_code == 400
    assert api.get(f"tasks/{TaskFactory().pk}/").status_code == 404
