"""What a question takes, and what an anonymous answer to it becomes: options that are counted, or words that are kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.contacts.models import FieldType
from surveys.models import Question

WRITTEN = {FieldType.TEXT: 255, FieldType.LONG_TEXT: 1000, FieldType.URL: 500, FieldType.NUMBER: 30, FieldType.DATE: 10}
BYTES_OF_A_LETTER = 4
FRAME = 40  # bytes of the question's number and the signs around its answer


@dataclass(frozen=True, slots=True)
class Parts:
    """`counted` are the options of the tallies this answer adds one to; `written` the texts it leaves."""

    counted: Sequence[str]
    written: Sequence[str] = ()


def options_of(question: Question) -> list[str]:
    """The options that are counted, in order; none where people write."""
    if question.type == FieldType.YES_NO:
        return ["yes", "no"]
    if question.type == FieldType.RATING:
        return [str(number) for number in range(1, question.rating_max + 1)]
    return [str(option["id"]) for option in question.options] if question.type not in WRITTEN else []


def parts_of(question: Question, value: Any) -> Parts:
    """`value` as stored; the option "" says that the question was answered at all."""
    if question.type in WRITTEN:
        return Parts([""], [str(value)])
    if question.type == FieldType.CHOICES:
        return Parts(["", *dict.fromkeys(map(str, value))])
    if question.type == FieldType.YES_NO:
        return Parts(["", "yes" if value else "no"])
    return Parts(["", str(value)])


def largest(question: Question) -> int:
    """How many bytes an answer may take at most."""
    if question.type in WRITTEN:
        return FRAME + BYTES_OF_A_LETTER * WRITTEN[FieldType(question.type)]
    return FRAME + sum(len(option) + 3 for option in options_of(question))
