from __future__ import annotations

import pytest

from funnels.statistics import Rate, durations, wilson


def test_the_wilson_interval_agrees_with_a_published_example() -> None:
    low, high = wilson(81, 263) or (0, 0)  # R. G. Newcombe, 1998, table I: 0.2553 to 0.3662
    assert (low, high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))


def test_nothing_of_nothing_has_neither_rate_nor_interval() -> None:
    assert (Rate(0, 0).value, Rate(0, 0).percent, Rate(0, 0).interval) == (None, "-", None)


def test_a_rate_under_thirty_people_is_thin() -> None:
    assert Rate(10, 29).is_thin
    assert not Rate(10, 30).is_thin


def test_quantiles_interpolate() -> None:
    found = durations([4.0, 1.0, 2.0, 3.0])
    assert found is not None
    assert (found.mean, found.median, found.p75) == (2.5, 2.5, 3.25)
