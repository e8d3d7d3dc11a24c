"""Clocks: waits fire once, at the right local time, whatever the calendar and the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from campaigns.automations import flow, resting, switching, windows
from campaigns.automations.models import Enrolment
from campaigns.automations.steps import base, timing, waiting
from crm.workspaces.models import Workspace
from tests.campaigns.automations.making import START, make, run, step, trace
from tests.crm.factories import ContactFactory, CustomFieldFactory, WorkspaceFactory

ISRAEL = ZoneInfo("Asia/Jerusalem")


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ISRAEL, fold=fold)


def business() -> Workspace:
    return Workspace(time_zone="Asia/Jerusalem")


# -- moments of the calendar ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 3, 27), "02:30", "2026-03-27T00:30:00+00:00"),  # skipped at two: half an hour after the gap began
        (date(2026, 3, 27), "09:00", "2026-03-27T06:00:00+00:00"),
        (date(2026, 3, 26), "09:00", "2026-03-26T07:00:00+00:00"),
        (date(2026, 10, 25), "01:30", "2026-10-24T22:30:00+00:00"),  # comes twice: the first
        (date(2026, 10, 25), "09:00", "2026-10-25T07:00:00+00:00"),
        (date(2028, 2, 29), "00:00", "2028-02-28T22:00:00+00:00"),
    ],
)
def test_an_hour_of_a_local_day_is_one_moment(day, at, expected):
    assert timing.moment(day, at, business()).astimezone(UTC).isoformat() == expected


@pytest.mark.parametrize(
    ("now", "weekdays", "at", "expected"),
    [
        (local(2026, 11, 2, 8), [0], "09:00", local(2026, 11, 2, 9)),  # a Monday, an hour early
        (local(2026, 11, 2, 9), [0], "09:00", local(2026, 11, 2, 9)),
        (local(2026, 11, 2, 9, 0, 1), [0], "09:00", local(2026, 11, 9, 9)),
        (local(2026, 11, 2, 10), [6, 0], "09:00", local(2026, 11, 8, 9)),
        (local(2026, 12, 31, 10), [4], "09:00", local(2027, 1, 1, 9)),
        (local(2026, 3, 26, 12), [4], "02:30", local(2026, 3, 27, 2, 30)),
        (local(2026, 10, 24, 12), [6], "01:30", local(2026, 10, 25, 1, 30)),
        (local(2026, 11, 2, 0, 30), [0], "00:15", local(2026, 11, 9, 0, 15)),  # it is still Sunday in London
    ],
)
def test_the_next_of_some_weekdays(now, weekdays, at, expected):
    found = timing.next_weekday(now.astimezone(UTC), {"weekdays": weekdays, "at": at}, business())
    assert found.astimezone(UTC) == expected.astimezone(UTC)


def test_an_hour_that_comes_twice_fires_at_the_first_only():
    between = local(2026, 10, 25, 1, 30, fold=1).astimezone(UTC)
    found = timing.next_weekday(between, {"weekdays": [6], "at": "01:30"}, business())
    assert found.astimezone(UTC) == local(2026, 11, 1, 1, 30).astimezone(UTC)


@pytest.mark.parametrize(
    ("begun", "span", "ends"),
    [
        (local(2026, 1, 31, 10), {"amount": 1, "unit": "days"}, local(2026, 2, 1, 10)),
        (local(2028, 2, 28, 10), {"amount": 1, "unit": "days"}, local(2028, 2, 29, 10)),
        (local(2027, 2, 28, 10), {"amount": 1, "unit": "days"}, local(2027, 3, 1, 10)),
        (local(2026, 3, 26, 2, 30), {"amount": 1, "unit": "days"}, local(2026, 3, 27, 2, 30)),
        (local(2026, 3, 20, 10), {"amount": 1, "unit": "weeks"}, local(2026, 3, 27, 10)),
        (local(2026, 10, 24, 1, 30), {"amount": 1, "unit": "days"}, local(2026, 10, 25, 1, 30)),
    ],
)
def test_days_are_days_of_the_calendar(begun, span, ends):
    assert waiting.later(begun.astimezone(UTC), span, business()) == ends.astimezone(UTC)


def test_hours_are_hours_of_the_clock_on_the_wall_of_the_world():
    begun = local(2026, 10, 25, 0, 30).astimezone(UTC)
    assert waiting.later(begun, {"amount": 3, "unit": "hours"}, business()) - begun == timedelta(hours=3)


# -- rest ------------------------------------------------------------------------------------------------------------------


def test_sunset_in_jerusalem_as_the_almanacs_print_it():
    """timeanddate.com and the Hebrew calendars give 16:35, 19:47 and 18:55 for these Fridays."""
    for day, printed in ((date(2026, 11, 28), "16:35"), (date(2026, 6, 20), "19:47"), (date(2026, 3, 28), "18:55")):
        sunset = resting.begins(day) + resting.CANDLES
        hour, minute = map(int, printed.split(":"))
        assert abs((sunset.hour - hour) * 60 + sunset.minute + sunset.second / 60 - minute) <= 1.5


@pytest.mark.parametrize(
    ("day", "rests"),
    [
        (date(2026, 11, 28), True), (date(2026, 11, 29), False), (date(2026, 9, 12), True), (date(2026, 9, 13), True),
        (date(2026, 9, 21), True), (date(2026, 9, 26), True), (date(2026, 9, 27), False), (date(2026, 10, 3), True),
        (date(2026, 10, 4), False), (date(2027, 4, 22), True), (date(2027, 4, 23), False), (date(2027, 4, 28), True),
        (date(2027, 6, 11), True), (date(2026, 12, 6), False),
    ],
)  # fmt: skip
def test_days_of_rest_are_those_kept_in_israel(day, rests):
    assert resting.is_rest(day) is rests


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        (local(2026, 11, 27, 16, 15), None),  # candles at 16:17
        (local(2026, 11, 27, 16, 20), "Sat 28/11 17:14"),
        (local(2026, 11, 28, 0, 30), "Sat 28/11 17:14"),
        (local(2026, 11, 28, 17, 13), "Sat 28/11 17:14"),
        (local(2026, 11, 28, 17, 16), None),
        (local(2026, 9, 11, 20), "Sun 13/09 19:25"),  # Rosh Hashana on Shabbat and Sunday
        (local(2026, 9, 12, 19, 40), "Sun 13/09 19:25"),
        (local(2027, 6, 10, 20), "Sat 12/06 20:26"),  # Shavuot on Friday, then Shabbat
        (local(2026, 12, 6, 20), None),  # Hanukkah is no rest
    ],
)
def test_rest_is_from_candles_to_stars_over_days_that_follow_one_another(moment, over):
    found = resting.ends_after(moment.astimezone(UTC))
    if over is None:
        assert found is None
    else:
        day, clock = over.rsplit(" ", 1)
        assert found.strftime("%a %d/%m") == day
        assert abs(found - found.replace(hour=int(clock[:2]), minute=int(clock[3:]), second=0)) < timedelta(minutes=2)


@pytest.mark.parametrize(
    ("moment", "window", "opens"),
    [
        (local(2026, 11, 25, 10), ("09:00", "20:00"), local(2026, 11, 25, 10)),
        (local(2026, 11, 25, 8, 59), ("09:00", "20:00"), local(2026, 11, 25, 9)),
        (local(2026, 11, 25, 20), ("09:00", "20:00"), local(2026, 11, 26, 9)),
        (local(2026, 11, 27, 17), ("09:00", "20:00"), local(2026, 11, 28, 17, 14)),  # the stars are out before eight
        (local(2026, 11, 27, 17), ("09:00", "17:00"), local(2026, 11, 29, 9)),
        (local(2026, 9, 11, 21), ("09:00", "19:00"), local(2026, 9, 14, 9)),
        (local(2026, 3, 26, 21), ("02:30", "03:30"), local(2026, 3, 27, 2, 30)),
    ],
)
def test_a_window_opens_at_the_next_hour_that_is_no_rest(moment, window, opens):
    said = {"since": window[0], "till": window[1], "rest": True}
    found = windows.opens(moment.astimezone(UTC), said, business())
    assert abs(found - opens.astimezone(UTC)) < timedelta(minutes=1)


# -- steps -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(db):
    return WorkspaceFactory()


def entered(automation, contact, at):
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=at)
    return Enrolment.objects.get(contact=contact)


def test_until_a_weekday_and_a_date_and_then_on(workspace):
    contact = ContactFactory(workspace=workspace)
    steps = (step("until_weekday", weekdays=[1], at="10:00"), step("until_date", date="2026-12-24", at="08:00"))
    one = entered(make(workspace, *steps, on=None), contact, START)
    assert one.due_at == local(2026, 11, 3, 10)
    run(local(2026, 11, 3, 10))
    one.refresh_from_db()
    assert one.due_at == local(2026, 12, 24, 8)
    run(local(2026, 12, 24, 8))
    assert trace(one) == [("until_weekday", "done"), ("until_date", "done")]


def test_a_date_that_has_passed_holds_nobody_up(workspace):
    one = entered(
        make(workspace, step("until_date", date="2026-10-01"), on=None), ContactFactory(workspace=workspace), START
    )
    run(START)
    assert trace(one) == [("until_date", "done")]


@pytest.fixture
def birthday(workspace):
    return CustomFieldFactory(workspace=workspace, type="date", label="יום הולדת").storage_key


@pytest.mark.parametrize(
    ("value", "said", "due"),
    [
        ("2026-11-20", {}, local(2026, 11, 20, 9)),
        ("2026-11-20", {"days": -3, "at": "18:00"}, local(2026, 11, 17, 18)),
        ("2026-11-30", {"days": 1}, local(2026, 12, 1, 9)),
        ("1990-12-24", {"yearly": True}, local(2026, 12, 24, 9)),
        ("1990-10-24", {"yearly": True}, local(2027, 10, 24, 9)),
        ("1992-02-29", {"yearly": True}, local(2027, 2, 28, 9)),
        ("1990-01-03", {"yearly": True, "days": -5}, local(2026, 12, 29, 9)),
        ("1990-11-01", {"yearly": True, "at": "10:00"}, local(2026, 11, 1, 10)),  # START is ten o'clock
        ("1990-11-01", {"yearly": True, "at": "09:59"}, local(2027, 11, 1, 9, 59)),
        ("2026-10-01", {}, START),
        ("9999-12-31", {"days": 3}, local(9999, 12, 31, 9)),
    ],
)
def test_until_a_date_of_the_contact(workspace, birthday, value, said, due):
    contact = ContactFactory(workspace=workspace, values={birthday: value})
    one = entered(make(workspace, step("until_field", field=birthday, **said), on=None), contact, START)
    assert one.due_at == due


def test_in_a_leap_year_the_29th_is_kept_on_the_29th(workspace, birthday):
    contact = ContactFactory(workspace=workspace, values={birthday: "1992-02-29"})
    automation = make(workspace, step("until_field", field=birthday, yearly=True), on=None)
    assert entered(automation, contact, local(2027, 6, 1, 9)).due_at == local(2028, 2, 29, 9)


def test_who_has_no_date_goes_on_and_the_trace_says_so(workspace, birthday):
    automation = make(workspace, step("until_field", field=birthday), on=None)
    one = entered(automation, ContactFactory(workspace=workspace), START)
    run(START)
    passage = one.passages.get()
    assert (passage.outcome, passage.detail) == ("refused", {"reason": "no_date"})
    said = automation.version.flow["steps"][0]
    assert "תאריך" in base.get("until_field").detail_words(said, passage, workspace)


def test_a_date_that_was_put_off_meanwhile_is_waited_for(workspace, birthday):
    contact = ContactFactory(workspace=workspace, values={birthday: "2026-11-05"})
    one = entered(make(workspace, step("until_field", field=birthday), on=None), contact, START)
    contact.values[birthday] = "2026-11-20"
    contact.save()
    run(local(2026, 11, 5, 9))
    one.refresh_from_db()
    assert (one.state, one.due_at) == ("active", local(2026, 11, 20, 9))
    run(local(2026, 11, 20, 9))
    assert trace(one) == [("until_field", "done")]


def test_a_clock_that_jumps_an_hour_and_back_fires_once(workspace):
    steps = (step("until_weekday", weekdays=[0], at="09:00"), step("tag", tag="פעם אחת"))
    one = entered(make(workspace, *steps, on=None), ContactFactory(workspace=workspace), START)
    monday = local(2026, 11, 2, 9)
    run(monday - timedelta(hours=1))
    assert one.passages.count() == 0
    run(monday)
    run(monday - timedelta(hours=1))  # set back
    run(monday)
    run(monday + timedelta(hours=1))
    assert trace(one) == [("until_weekday", "done"), ("tag", "done")]


@pytest.mark.parametrize(
    "said",
    [
        step("until_weekday", weekdays=[7]), step("until_weekday", weekdays=["0"]), step("until_weekday", weekdays=3),
        step("until_weekday", weekdays=[True]), step("until_date", date="2026-02-30"), step("until_date", date=20260101),
        step("until_date", date="1999-01-01"), step("until_date", date="", at="25:00"), step("until_field", field="f0"),
        step("until_field", field=3), step("until_field", days=400), step("until_field", days="1"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(workspace, said):
    with pytest.raises(ValidationError):
        flow.clean({"steps": [said]}, workspace)


@pytest.mark.parametrize("name", ["until_weekday", "until_date", "until_field", "mail"])
def test_what_was_just_added_is_kept_in_a_draft_and_lacks_its_settings(workspace, name):
    draft = flow.clean({"steps": [step(name)]}, workspace)
    assert [found[0] for found in flow.problems(draft, workspace)] == [draft["steps"][0]["id"]]
    assert base.get(name).words(draft["steps"][0], workspace)
