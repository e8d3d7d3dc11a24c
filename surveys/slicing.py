"""The people behind a number of an identified survey, as a rule: so the same people become a segment or an audience.

A slice is a part of a question's ratings (4-5 satisfied, 3 indifferent, 1-2 dissatisfied); where the parts end is the owner's
to move. Slices are of a question and bands of the score, and the two need not agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contacts.models import FieldType
from crm.rules.faults import Text
from crm.workspaces.http import whole
from surveys import asked as invited
from surveys.models import Band, Question, Score, Survey
from surveys.questions import options_of
from surveys.results import QuestionResult, labels_of

NAMES: dict[str, Text] = {
    "high": gettext_lazy("Satisfied"),
    "middling": gettext_lazy("Indifferent"),
    "low": gettext_lazy("Dissatisfied"),
}


@dataclass(frozen=True, slots=True)
class Ends:
    """`low` is the highest rating of the dissatisfied, `high` the lowest of the satisfied."""

    low: int
    high: int

    @classmethod
    def of(cls, question: Question, asked: Mapping[str, str]) -> Ends:
        """As asked for, or as kept with the survey, where this question has such ends; else two fifths and four fifths."""
        most = question.rating_max
        kept = question.survey.slice_low, question.survey.slice_high
        for low, high in ((whole(asked.get("low")), whole(asked.get("high"))), kept):
            if low and high and low < high <= most:
                return cls(low, high)
        return cls(max(most * 2 // 5, 1), max(-(-most * 4 // 5), 2))


@dataclass(frozen=True, slots=True)
class Slice:
    tone: str
    first: int
    last: int
    count: int
    whole: int
    question: Question

    @property
    def name(self) -> str:
        return str(NAMES[self.tone])

    @property
    def span(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def query(self) -> str:
        return f"question={self.question.pk}&first={self.first}&last={self.last}"


def keep(survey: Survey, asked: Mapping[str, str]) -> Ends | None:
    """Keeps the ends with the survey, for whoever opens its results. None, and nothing kept, where no rating has them."""
    low, high = whole(asked.get("low")), whole(asked.get("high"))
    most = max((row.rating_max for row in survey.questions.filter(type=FieldType.RATING)), default=0)
    if not low or not high or not low < high <= most:
        return None
    Survey.objects.filter(pk=survey.pk).update(slice_low=low, slice_high=high)
    return Ends(low, high)


def slices(result: QuestionResult, asked: Mapping[str, str]) -> list[Slice]:
    """The satisfied first, as the bar reads; a part that holds no rating is left out."""
    if not result.is_rating:
        return []
    ends = Ends.of(result.question, asked)
    parts = (
        ("high", ends.high, result.question.rating_max),
        ("middling", ends.low + 1, ends.high - 1),
        ("low", 1, ends.low),
    )
    return [
        Slice(tone, first, last, _within(result, first, last), result.picks, result.question)
        for tone, first, last in parts
        if first <= last
    ]


def _within(result: QuestionResult, first: int, last: int) -> int:
    return sum(line.count for line in result.lines if first <= int(line.option) <= last)


@dataclass(frozen=True, slots=True)
class Asked:
    """`rule` finds the people, `title` says who they are."""

    rule: dict[str, Any]
    title: str


def behind(survey: Survey, asked: Mapping[str, str]) -> Asked | None:
    """Who stands behind a number: `question` with `option` or `first` and `last`, `score` with `band`, `which` "not_yet", or
    nothing for all who took part. None for what cannot be asked, as any answer to an anonymous survey."""
    took_part = {"survey": survey.pk}
    if asked.get("which") == "not_yet":
        rule = invited.not_yet(survey)
        return Asked(rule, _("Asked, and did not answer yet")) if rule else None
    if not any(asked.get(name) for name in ("question", "score")):
        return Asked({"all": [took_part]}, _("Who took part"))
    if survey.is_anonymous:
        return None
    found = _answer(survey, asked) if asked.get("question") else _band(survey, asked)
    return Asked({"all": [found.rule, took_part]}, found.title) if found else None


def _answer(survey: Survey, asked: Mapping[str, str]) -> Asked | None:
    question = survey.questions.filter(pk=whole(asked.get("question")) or 0).first()
    if question is None:
        return None
    first, last = whole(asked.get("first")), whole(asked.get("last"))
    if question.type == FieldType.RATING and first and last and first <= last <= question.rating_max:
        rule = {"said": question.pk, "op": "between", "value": [first, last]}
        return Asked(rule, f"{question.label}: {_slice_name(question, first, last)}")
    option = asked.get("option", "")
    if option not in options_of(question):
        return None
    return Asked({"said": question.pk, **_chosen(question, option)}, f"{question.label}: {labels_of(question)[option]}")


def _slice_name(question: Question, first: int, last: int) -> str:
    span = str(first) if first == last else f"{first}-{last}"
    tone = "low" if first == 1 else "high" if last == question.rating_max else "middling"
    return f"{NAMES[tone]} ({span})"


def _chosen(question: Question, option: str) -> dict[str, Any]:
    if question.type == FieldType.RATING:
        return {"op": "=", "value": int(option)}
    if question.type == FieldType.YES_NO:
        return {"op": "is", "value": option == "yes"}
    return {"op": "one_of", "value": [option]}


def _band(survey: Survey, asked: Mapping[str, str]) -> Asked | None:
    score = survey.scores.filter(pk=whole(asked.get("score")) or 0).first()
    band = score.bands.filter(pk=whole(asked.get("band")) or 0).first() if score else None
    return Asked({"score": score.pk, "band": band.name}, f"{score.name}: {band.name}") if score and band else None


@dataclass(frozen=True, slots=True)
class BandCount:
    band: Band
    count: int

    @property
    def query(self) -> str:
        return f"score={self.band.score_id}&band={self.band.pk}"


@dataclass(frozen=True, slots=True)
class ScoreResults:
    """`outside` fell into no band; `whole` have a score now."""

    score: Score
    bands: Sequence[BandCount]
    outside: int
    whole: int
