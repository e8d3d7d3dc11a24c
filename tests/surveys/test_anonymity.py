"""Nobody can say what one person answered: the adversary gains nothing, and notices when somebody makes it easy."""

from __future__ import annotations

import os
import random
import statistics
import uuid
from typing import Any

import pytest

from surveys import sealing, tallying
from surveys.models import Participation, Remark
from tests.surveys import adversary

ONE_PER_CENT = 0.01
SEEDS = int(os.environ.get("MASHPECH_FAULT_SEEDS", "10"))


def gains(seeds: range, *, voters: int) -> list[float]:
    return [adversary.gain(adversary.play(seed, voters=voters)) for seed in seeds]


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_thousand_voters_are_safe_from_whoever_holds_the_database() -> None:
    assert statistics.mean(gains(range(SEEDS), voters=1000)) <= ONE_PER_CENT


@pytest.mark.django_db(transaction=True)
def test_groups_are_of_five_at_least_and_the_sums_are_true() -> None:
    loot = adversary.play(7, voters=123)
    assert min(len(group.who) for group in loot.groups) >= 5
    assert all(len(group.who) == group.moved.total() == len(group.remarks) for group in loot.groups)
    assert sum((group.moved for group in loot.groups), start=loot.groups[0].moved - loot.groups[0].moved) == (
        adversary.Counter(loot.truth.values())
    )
    assert {one for group in loot.groups for one in group.who} == set(loot.truth)
    assert loot.after["surveys_sealedanswer"] == []
    assert loot.after["surveys_survey"][0]["key"] is None
    sizes = {len(row["sealed"]) for moment in loot.during for row in moment["surveys_sealedanswer"] if row["sealed"]}
    assert len(sizes) == 1


# -- each of these mutants leaks, and the adversary must see it ------------------
def counts_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "ENOUGH", 1)
    monkeypatch.setattr(tallying, "BATCH", 1)


def keeps_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """People and remarks go in as their answers came out of the envelopes."""

    class Unsorted(list[Any]):
        pass

    monkeypatch.setattr(tallying, "sorted", lambda items, key=None: list(items), raising=False)
    monkeypatch.setattr(tallying, "_say_who", _say_who_in_order)


def _say_who_in_order(survey: Any, ids: Any, now: Any) -> None:
    about = {"workspace_id": survey.workspace_id, "survey": survey, "at": now}
    Participation.objects.bulk_create([Participation(contact_id=pk, **about) for pk in ids])


def joins_by_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A remark carries the number of who wrote it."""
    whole = tallying._count

    def count(survey: Any, tokens: Any, now: Any) -> None:
        answers = []
        opened = tallying._opened

        def spy(*arguments: Any) -> Any:
            answers.extend(opened(*arguments))
            return answers

        monkeypatch.setattr(tallying, "_opened", spy)
        whole(survey, tokens, now)
        monkeypatch.setattr(tallying, "_opened", opened)
        for answer in answers:
            text = list(answer.said.values())[-1]
            row = Remark.objects.filter(survey=survey, text=text).exclude(pk__in=numbered).first()
            if row and answer.who:
                Remark.objects.filter(pk=row.pk).update(id=uuid.UUID(int=answer.who))
                numbered.add(uuid.UUID(int=answer.who))

    numbered: set[uuid.UUID] = set()
    monkeypatch.setattr(tallying, "_count", count)


def does_not_pad(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sealing.seal

    def short(key: bytes, answer: Any, *, token: bytes, size: int) -> bytes:
        plain = len(str(answer.said).encode())
        return whole(key, answer, token=token, size=plain + 64)

    monkeypatch.setattr(sealing, "seal", short)


def writes_people_by_their_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tallying._count

    def count(survey: Any, tokens: Any, now: Any) -> None:
        opened = tallying._opened
        monkeypatch.setattr(
            tallying, "_opened", lambda *a: sorted(opened(*a), key=lambda answer: next(iter(answer.said.values())))
        )
        whole(survey, tokens, now)
        monkeypatch.setattr(tallying, "_opened", opened)

    monkeypatch.setattr(tallying, "_count", count)
    monkeypatch.setattr(tallying, "_say_who", _say_who_in_order)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "leak", [counts_each, keeps_the_order, joins_by_a_number, does_not_pad, writes_people_by_their_answer]
)
def test_the_adversary_notices_a_leak(leak: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    random.seed(3)
    leak(monkeypatch)
    assert statistics.mean(gains(range(2), voters=200)) > 0.1
