"""Anniversaries by days whose answer is known from calendars, not from our own arithmetic."""

from __future__ import annotations

from datetime import date

import pytest

from crm.rules import anniversaries


@pytest.mark.parametrize(
    ("born", "kept"),
    [
        ("1985-03-01", "2024-03-18"),  # 8 Adar of a common year: in Adar II of a leap year
        ("1985-03-01", "2025-03-08"),  # and in Adar of the next common one
        ("1984-02-20", "2024-02-26"),  # 17 Adar I: in Adar I of a leap year
        ("1984-02-20", "2025-03-17"),  # and in Adar of a common one
        ("1984-03-04", "2025-03-30"),  # 30 Adar I has no day in a common year: 1 Nisan
        ("1999-11-09", "2025-11-21"),  # 30 Heshvan: 1 Kislev, for Heshvan has 29 days in 5786
        ("1999-11-09", "2026-11-10"),  # and its own day in 5787, which has one
        ("1990-04-10", "2026-04-02"),  # 15 Nisan
    ],
)
def test_a_hebrew_birthday_falls_where_people_keep_it(born: str, kept: str) -> None:
    day = date.fromisoformat(kept)
    assert born in anniversaries.hebrew(day, 0)
    assert born in anniversaries.hebrew(date.fromordinal(day.toordinal() - 3), 3)
    assert born not in anniversaries.hebrew(date.fromordinal(day.toordinal() + 1), 3)
    assert born not in anniversaries.hebrew(date.fromordinal(day.toordinal() - 2), 1)


def test_the_twenty_ninth_of_february_is_kept_a_day_early_where_there_is_none() -> None:
    assert anniversaries.civil(date(2025, 2, 28), 0) == ["02-28", "02-29"]
    assert anniversaries.civil(date(2028, 2, 28), 0) == ["02-28"]
    assert anniversaries.civil(date(2028, 2, 29), 0) == ["02-29"]
    assert "02-29" not in anniversaries.civil(date(2025, 3, 1), 5)


def test_a_window_of_a_year_holds_every_day() -> None:
    assert len(anniversaries.civil(date(2025, 1, 1), 3650)) == 366
    every = anniversaries.hebrew(date(2026, 5, 5), 3650)
    assert {"1984-03-04", "1999-11-09", "2000-02-29", "1985-03-01"} <= set(every)


def test_months_are_where_the_date_itself_lies() -> None:
    assert "1984-02-20" in anniversaries.hebrew_month(12)
    assert "1984-03-12" in anniversaries.hebrew_month(12)
    assert "1990-04-10" in anniversaries.hebrew_month(1)
    assert "1990-04-10" not in anniversaries.hebrew_month(2)
