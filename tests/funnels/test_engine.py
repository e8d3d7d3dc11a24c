"""The engine against two oracles: a naive search over all chains, and ClickHouse's windowFunnel."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnels.engine import Attempt, Step, course, walk

STAGES = 4


def reached_by_search(log: list[tuple[int, int]], stages: int, window: int | None) -> int:
    """The furthest stage, by trying every way to hand out events to stages. Slow, and obviously right.

    A chain is an entry event and then, each later in order than the one before, one event per stage, all within the window.
    """
    best = -1
    for start, (entry, mask) in enumerate(log):
        if not mask & 1:
            continue
        stage, best = 0, max(best, 0)
        for at, later in log[start + 1 :]:
            if window is not None and at - entry > window:
                break
            if stage + 1 < stages and later >> (stage + 1) & 1:
                stage += 1
                best = max(best, stage)
    return best


def furthest(attempt: Attempt | None) -> int:
    return -1 if attempt is None else attempt.furthest


logs = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2**STAGES - 1)), max_size=14).map(
    lambda events: sorted(events, key=lambda event: event[0])
)


@settings(max_examples=1500, deadline=None)
@given(logs, st.one_of(st.none(), st.integers(0, 12)))
def test_a_person_comes_as_far_as_the_best_of_all_chains(log: list[tuple[int, int]], window: int | None) -> None:
    plan = course([False] * STAGES, window=window)
    assert furthest(walk([Step(at, mask) for at, mask in log], plan)) == reached_by_search(log, STAGES, window)


@settings(max_examples=500, deadline=None)
@given(logs, st.one_of(st.none(), st.integers(0, 12)))
def test_the_reported_attempt_keeps_its_times_in_order_and_within_the_window(
    log: list[tuple[int, int]], window: int | None
) -> None:
    attempt = walk([Step(at, mask) for at, mask in log], course([False, True, True, False], window=window))
    if attempt is None:
        return
    times = [time for time in attempt.times if time is not None]
    assert times == sorted(times)
    assert times[0] == attempt.entry
    assert window is None or times[-1] - attempt.entry <= window


def test_one_event_that_matches_two_stages_advances_one() -> None:
    plan = course([False, False], window=None)
    assert furthest(walk([Step(0, 0b11)], plan)) == 0
    assert furthest(walk([Step(0, 0b11), Step(0, 0b11)], plan)) == 1


def test_the_window_counts_from_entry_and_its_last_moment_belongs_to_it() -> None:
    plan = course([False, False, False], window=10)
    assert furthest(walk([Step(0, 1), Step(10, 2)], plan)) == 1
    assert furthest(walk([Step(0, 1), Step(11, 2)], plan)) == 0
    assert furthest(walk([Step(0, 1), Step(9, 2), Step(11, 4)], plan)) == 1


def test_an_optional_stage_can_be_passed_by_and_is_not_counted_as_reached() -> None:
    attempt = walk([Step(0, 1), Step(5, 4)], course([False, True, False], window=None))
    assert attempt is not None
    assert attempt.times == (0, None, 5)


def test_a_stage_that_is_not_optional_cannot_be_passed_by() -> None:
    assert furthest(walk([Step(0, 1), Step(5, 4)], course([False, False, False], window=None))) == 0


def test_the_reported_attempt_is_the_first_that_reached_the_furthest_stage() -> None:
    attempt = walk([Step(0, 1), Step(1, 2), Step(5, 1), Step(6, 2)], course([False, False], window=None))
    assert attempt is not None
    assert attempt.entry == 0


def test_an_entry_outside_the_range_opens_no_attempt_but_a_completion_may_land_later() -> None:
    plan = course([False, False], window=None)
    assert walk([Step(0, 1, may_enter=False), Step(1, 2)], plan) is None
    assert furthest(walk([Step(0, 1), Step(9, 2, may_enter=False)], plan)) == 1


@pytest.mark.oracle
def test_the_engine_agrees_with_clickhouse_on_thousands_of_logs_with_ties_overlaps_and_repeats(tmp_path: Path) -> None:
    """ClickHouse orders events of one instant by stage, we by ingestion, so the oracle gets instants with the order written in:
    `at * 1000 + place`, and a window longer by less than one instant."""
    chdb = pytest.importorskip("chdb", reason="chdb is the oracle; .ci/run installs it")
    randomness = random.Random(5)
    rows, expected, window = [], {}, 6
    for person in range(4000):
        log = [(randomness.randint(0, 14), randomness.randint(0, 31)) for _ in range(randomness.randint(0, 12))]
        log = [(at, mask) for at, mask in sorted(log, key=lambda event: event[0]) if mask]
        expected[person] = 1 + furthest(walk([Step(at, mask) for at, mask in log], course([False] * 5, window=window)))
        rows += [(person, place, at, mask) for place, (at, mask) in enumerate(log)]
    table = tmp_path / "log.csv"
    table.write_text("\n".join(f"{person},{at * 1000 + place},{mask}" for person, place, at, mask in rows))
    conditions = ", ".join(f"bitTest(mask, {stage})" for stage in range(5))
    answer = chdb.query(
        f"""SELECT person, windowFunnel({window * 1000 + 999}, 'strict_once')(at, {conditions}) FROM (
            SELECT * FROM file('{table}', 'CSV', 'person UInt32, at UInt32, mask UInt8')
        ) GROUP BY person""",
        "CSV",
    )
    found = {int(person): int(level) for person, level in (line.split(",") for line in str(answer).split())}
    assert {person: found.get(person, 0) for person in expected} == expected
    assert len(set(expected.values())) == 6
