"""Birthdays, anniversaries and dates of people: once, on the right local day, whatever the calendars and the clock do."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from campaigns.automations import days
from campaigns.automations.models import Automation, Day, Enrolment
from crm.models import Contact
from tests.campaigns.automations.making import make, run, step
from tests.crm.factories import ContactFactory, CustomFieldFactory, WorkspaceFactory

ISRAEL = ZoneInfo("Asia/Jerusalem")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ISRAEL)


@pytest.fixture
def workspace(db):
    return WorkspaceFactory()


@pytest.fixture
def field(workspace):
    return CustomFieldFactory(workspace=workspace, date=True).storage_key


def born(workspace, field, *dates):
    return [ContactFactory(workspace=workspace, values={field: said}) for said in dates]


NEW_YEAR = local(2026, 1, 1, 0)


def greets(workspace, field, *, since=NEW_YEAR, **said) -> Automation:
    trigger = {"on": "date", "field": field, "yearly": True, "hebrew": False, "days": 0, "at": "09:00"} | said
    return make(workspace, step("tag", tag="ברכה"), on=trigger, at=since, again="always")


def entered() -> set[tuple[Contact, str]]:
    return {(one.contact, one.occasion.rpartition(":")[2]) for one in Enrolment.objects.select_related("contact")}


def test_a_birthday_is_kept_every_year_at_its_hour(workspace, field):
    dana, yoav = born(workspace, field, "1990-11-02", "1990-11-03")
    greets(workspace, field)
    run(local(2026, 11, 2, 8, 59))
    assert entered() == set()
    run(local(2026, 11, 2, 9))
    run(local(2026, 11, 2, 9))
    assert entered() == {(dana, "2026-11-02")}
    run(local(2027, 11, 3, 10))
    assert entered() == {(dana, "2026-11-02"), (dana, "2027-11-02"), (yoav, "2027-11-03")}


def test_29_february_is_kept_on_the_28th_of_a_common_year_and_on_its_day_in_a_leap_year(workspace, field):
    leap, last = born(workspace, field, "1992-02-29", "1991-02-28")
    greets(workspace, field, since=local(2027, 1, 1, 0))
    for at in (
        local(2027, 2, 28, 9),
        local(2027, 3, 1, 9),
        local(2028, 2, 28, 9),
        local(2028, 2, 29, 9),
        local(2028, 3, 1, 9),
    ):
        run(at)
    assert entered() == {
        (leap, "2027-02-28"), (last, "2027-02-28"), (last, "2028-02-28"), (leap, "2028-02-29"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("born_on", "kept_on"),
    [
        ("1990-09-20", date(2026, 9, 12)),  # 1 Tishrei
        ("1990-04-10", date(2026, 4, 2)),  # 15 Nisan
        ("1985-03-01", date(2024, 3, 18)),  # 8 Adar of a common year: in Adar II of a leap year
        ("1999-11-09", date(2025, 11, 21)),  # 30 Heshvan: 1 Kislev, for Heshvan has 29 days in 5786
    ],
)
def test_hebrew_days_move_through_the_civil_year(workspace, field, born_on, kept_on):
    [dana] = born(workspace, field, born_on)
    greets(workspace, field, hebrew=True, since=local(2020, 1, 1, 0))
    for ahead in (-1, 0, 1):
        run(local(kept_on.year, kept_on.month, kept_on.day, 9) + timedelta(days=ahead))
    assert entered() == {(dana, kept_on.isoformat())}


@pytest.mark.parametrize(("ahead", "day"), [(-7, (2026, 12, 25)), (3, (2027, 1, 4)), (0, (2027, 1, 1))])
def test_days_before_and_after_cross_the_end_of_the_year(workspace, field, ahead, day):
    [dana] = born(workspace, field, "1990-01-01")
    greets(workspace, field, days=ahead, since=local(2026, 12, 1, 0))
    run(local(*day, 8))
    assert entered() == set()
    run(local(*day, 9))
    assert {contact for contact, _day in entered()} == {dana}


def test_a_date_that_is_no_anniversary_comes_once(workspace, field):
    [dana] = born(workspace, field, "2026-11-30")
    greets(workspace, field, yearly=False, days=1)
    run(local(2026, 12, 1, 9))
    run(local(2027, 12, 1, 9))
    assert {contact for contact, _day in entered()} == {dana}
    assert Enrolment.objects.count() == 1


def test_a_stopped_clock_catches_up_with_two_days_and_no_more(workspace, field):
    people = born(workspace, field, "1990-11-02", "1990-11-03", "1990-11-04", "1990-11-05")
    greets(workspace, field)
    run(local(2026, 11, 1, 9))
    run(local(2026, 11, 5, 12))
    assert {contact for contact, _day in entered()} == set(people[1:])


def test_the_day_on_which_it_is_switched_on_counts_only_if_its_hour_is_still_to_come(workspace, field):
    born(workspace, field, "1990-11-02")
    greets(workspace, field, since=local(2026, 11, 2, 10))
    run(local(2026, 11, 2, 11))
    assert entered() == set()


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        ((2026, 3, 27), "02:30", datetime(2026, 3, 27, 0, 30, tzinfo=UTC)),  # skipped in spring
        ((2026, 10, 25), "01:30", datetime(2026, 10, 24, 22, 30, tzinfo=UTC)),  # twice in autumn: the first
    ],
)
def test_on_nights_when_the_clocks_change_it_comes_once(workspace, field, day, at, moment):
    born(workspace, field, date(1990, *day[1:]).isoformat())
    trigger = {"on": "date", "field": field, "yearly": True, "hebrew": False, "days": 0, "at": at}
    make(workspace, step("tag", tag="ברכה"), on=trigger, at=local(2026, 1, 1, 0), again="always")
    run(moment - timedelta(seconds=1))
    assert Enrolment.objects.count() == 0
    for hours in (0, 1, 2):
        run(moment + timedelta(hours=hours))
    assert Enrolment.objects.count() == 1


def test_the_day_is_the_business_day(workspace, field):
    """One in the morning in Israel is still yesterday in London."""
    [dana] = born(workspace, field, "1990-11-02")
    trigger = {"on": "date", "field": field, "yearly": True, "hebrew": False, "days": 0, "at": "00:30"}
    make(workspace, step("tag", tag="ברכה"), on=trigger, at=local(2026, 1, 1, 0))
    run(datetime(2026, 11, 1, 22, 45, tzinfo=UTC))
    assert {contact for contact, _day in entered()} == {dana}


def test_a_clock_set_back_an_hour_greets_nobody_again(workspace, field):
    born(workspace, field, "1990-11-02")
    greets(workspace, field)
    for hour in (9, 10, 8, 9, 10):
        run(local(2026, 11, 2, hour))
    assert Enrolment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_day_let_everybody_in_once():
    workspace = WorkspaceFactory()
    field = CustomFieldFactory(workspace=workspace, date=True).storage_key
    born(workspace, field, *["1990-11-02"] * 20)
    greets(workspace, field)
    start = threading.Barrier(2)
    counts = []

    def work():
        try:
            start.wait()
            counts.append(days.let_in(local(2026, 11, 2, 9)))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 20
    assert Enrolment.objects.count() == 20
    assert Day.objects.filter(day=date(2026, 11, 2)).count() == 1


def test_somebody_in_the_bin_or_of_another_business_is_not_greeted(workspace, field):
    [dana] = born(workspace, field, "1990-11-02")
    dana.deleted_at = local(2026, 1, 1, 0)
    dana.save()
    ContactFactory(values={field: "1990-11-02"})
    greets(workspace, field)
    run(local(2026, 11, 2, 9))
    assert entered() == set()
