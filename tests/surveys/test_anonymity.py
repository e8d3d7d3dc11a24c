"""Nobody can say what one person answered: the adversary gains nothing, and notices when somebody makes it easy."""

from __future__ import annotations

import logging
import os
import random
import statistics
from collections import Counter
from typing import Any

import pytest

from tests.surveys import adversary
from tests.surveys.adversary_attacks import Pool
from tests.surveys.adversary_mutants import LEAKS

ONE_PER_CENT = 0.01
SEEDS = int(os.environ.get("MASHPECH_ADVERSARY_SEEDS", "10"))
HANDS = 2  # the seeds are dealt out, so that as many processes can play
log = logging.getLogger(__name__)


def attacked(seeds: range, *, voters: int) -> Pool:
    """MASHPECH_ADVERSARY_SEEDS says how many surveys are played; each is told to the log (pytest --log-file)."""
    pool = Pool()
    for seed in seeds:
        gain = pool.add(adversary.play(seed, voters=voters))
        log.warning("seed %s: %+.4f; so far %s people, %s: %+.4f", seed, gain, pool.people, pool.best, pool.gain)
        adversary.sweep()
    log.warning("worst of a seed %+.4f, mean %+.4f", max(pool.gains), statistics.mean(pool.gains))
    log.warning("whatever did best %s %+.4f", *pool.worst_attack)
    return pool


@pytest.mark.faults
@pytest.mark.parametrize("hand", range(HANDS))
@pytest.mark.django_db(transaction=True)
def test_a_thousand_voters_are_safe_from_whoever_holds_the_database(hand: int) -> None:
    pool = attacked(range(hand, SEEDS, HANDS), voters=1000)
    assert max(pool.gain, statistics.mean(pool.gains)) <= ONE_PER_CENT


@pytest.mark.django_db(transaction=True)
def test_groups_are_of_five_at_least_and_the_sums_are_true() -> None:
    loot = adversary.play(7, voters=123)
    assert min(len(group.who) for group in loot.groups) >= 5
    assert all(len(group.who) == group.moved.total() == len(group.remarks) for group in loot.groups)
    assert sum((group.moved for group in loot.groups), start=Counter()) == Counter(loot.truth.values())
    assert {one for group in loot.groups for one in group.who} == set(loot.truth)
    assert loot.after["surveys_sealedanswer"] == []
    assert loot.after["surveys_survey"][0]["key"] is None
    sizes = {len(row["sealed"]) for moment in loot.during for row in moment["surveys_sealedanswer"] if row["sealed"]}
    assert len(sizes) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("leak", LEAKS)
def test_the_adversary_notices_a_leak(leak: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    random.seed(3)
    leak(monkeypatch)
    assert statistics.mean(attacked(range(2), voters=200).gains) > 0.1
