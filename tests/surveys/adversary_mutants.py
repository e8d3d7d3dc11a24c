"""Each of these mutants of the product leaks in one way, and the adversary must see it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from crm.models import Contact, Event
from surveys import sealing, tallying
from surveys.models import Participation, Remark, Tally

Patch = pytest.MonkeyPatch


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


# -- a moment --------------------------------------------------------------------------------------------------------------
def _moments(monkeypatch: Patch) -> dict[int, datetime]:
    """When each answered, as an envelope with a time on it would tell; filled as they answer."""
    found: dict[int, datetime] = {}

    def note(said: dict[int, Any], contact: Contact) -> None:
        found[contact.pk] = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(found))

    _after_each_answer(monkeypatch, note)
    return found


def _after_each_answer(monkeypatch: Patch, do: Callable[[dict[int, Any], Contact], None]) -> None:
    whole = tallying.take_part

    def take_part(survey: Any, said: Any, *, contact: Any = None, **who: Any) -> bool:
        taken = whole(survey, said, contact=contact, **who)
        do(said, contact)
        return taken

    monkeypatch.setattr(tallying, "take_part", take_part)


def _keep_remarks_as(monkeypatch: Patch, number: Callable[[int], int]) -> None:
    """Remarks get the number that `number` makes of who wrote them."""

    def keep(survey: Any, answers: Any) -> None:
        last = survey.questions.last()
        rows = [
            Remark(id=uuid.UUID(int=number(answer.who)), survey=survey, question=last, text=answer.said[last.pk])
            for answer in answers
        ]
        Remark.objects.bulk_create(sorted(rows, key=lambda row: row.id.int % 1009))

    monkeypatch.setattr(tallying, "_keep_remarks", keep)


def dates_the_remarks(monkeypatch: Patch) -> None:
    """A remark bears when it was written, and the log says who wrote then."""
    moments = _moments(monkeypatch)
    _keep_remarks_as(monkeypatch, lambda who: int(moments[who].timestamp()))


def dates_people_and_numbers_remarks(monkeypatch: Patch) -> None:
    """Taking part bears when it was done, and the numbers of remarks rise by the same clock, as those of UUID 7 do."""
    moments = _moments(monkeypatch)

    def say_who(survey: Any, ids: Any, now: Any) -> None:
        about = {"workspace_id": survey.workspace_id, "survey": survey}
        Participation.objects.bulk_create([Participation(contact_id=pk, at=moments[pk], **about) for pk in sorted(ids)])

    monkeypatch.setattr(tallying, "_say_who", say_who)
    _keep_remarks_as(monkeypatch, lambda who: 7 * int(moments[who].timestamp()))


# -- a write at every answer -----------------------------------------------------------------------------------------------
def touches_the_tally(monkeypatch: Patch) -> None:
    """What was chosen is written anew at once, with the number it had: only the transaction on the row tells."""

    def touch(said: dict[int, Any], contact: Contact) -> None:
        pk, rating = next(iter(said.items()))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE surveys_tally SET count = count WHERE question_id = %s AND option = %s", [pk, str(rating)]
            )

    _after_each_answer(monkeypatch, touch)


def counts_in_advance(monkeypatch: Patch) -> None:
    """A tally that nobody publishes counts along."""

    def count(said: dict[int, Any], contact: Contact) -> None:
        pk, rating = next(iter(said.items()))
        row, _made = Tally.objects.get_or_create(survey_id=_survey_of(pk), question_id=pk, option=f"~{rating}")
        Tally.objects.filter(pk=row.pk).update(count=row.count + 1)

    _after_each_answer(monkeypatch, count)


def _survey_of(question: int) -> int:
    return int(Tally.objects.filter(question=question).values_list("survey_id", flat=True)[0])


def tells_the_timeline(monkeypatch: Patch) -> None:
    """An event at every answer says how much was said."""

    def tell(said: dict[int, Any], contact: Contact) -> None:
        words = len(list(said.values())[-1]) // 20
        about = {"workspace_id": contact.workspace_id, "contact": contact, "subject_type": "survey"}
        Event.objects.create(kind="survey.answered", properties={"words": words}, **about)

    _after_each_answer(monkeypatch, tell)


def writes_the_card(monkeypatch: Patch) -> None:
    """The card remembers how they felt."""

    def write(said: dict[int, Any], contact: Contact) -> None:
        Contact.objects.filter(pk=contact.pk).update(values={"mood": next(iter(said.values())) // 2})

    _after_each_answer(monkeypatch, write)


LEAKS = [
    *(counts_each, keeps_the_order, joins_by_a_number, does_not_pad, writes_people_by_their_answer),
    *(dates_the_remarks, dates_people_and_numbers_remarks),
    *(touches_the_tally, counts_in_advance, tells_the_timeline, writes_the_card),
]
