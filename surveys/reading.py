"""Identified answers in words, for screens and files: a sensitive one is masked, as on the card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count, F, QuerySet

from crm.contacts.fields import display
from crm.contacts.masking import MASK
from surveys.models import Question, Response, Score, ScoreResult, Survey
from surveys.results import whole_responses
from surveys.scoring import band_of
from surveys.slicing import BandCount, ScoreResults

LATEST = 5


@dataclass(frozen=True, slots=True)
class Answer:
    question: Question
    text: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A response with its answers in words and what it scores now."""

    response: Response
    answers: list[Answer]
    results: list[Scored]


@dataclass(frozen=True, slots=True)
class Scored:
    """`tone` colours the band by its ends as they are now."""

    score: Score
    value: float
    band: str
    tone: str

    @property
    def shown(self) -> str:
        return f"{self.value:g}"


def told(survey: Survey, responses: Iterable[Response]) -> list[Told]:
    listed = list(responses)
    questions = list(survey.questions.select_related("field"))
    scored = _scored(listed)
    return [Told(row, list(answers_of(row, questions)), scored.get(row.pk, [])) for row in listed]


def answers_of(response: Response, questions: Sequence[Question], *, is_masked: bool = True) -> Iterable[Answer]:
    for question in questions:
        value = response.answers.get(str(question.pk))
        if value is not None:
            yield Answer(question, *_words(question, value, is_masked=is_masked))


def _words(question: Question, value: Any, *, is_masked: bool = True) -> tuple[str, bool]:
    if is_masked and is_sensitive(question):
        return MASK, True
    return display(cast(Any, question), value), False


def is_sensitive(question: Question) -> bool:
    return question.field is not None and question.field.is_sensitive


def _scored(responses: Sequence[Response]) -> dict[int, list[Scored]]:
    rows = ScoreResult.objects.filter(response__in=responses, times=F("response__times"))
    found: dict[int, list[Scored]] = {}
    for row in rows.select_related("score").prefetch_related("score__bands").order_by("score_id"):
        found.setdefault(row.response_id, []).append(scored(row))
    return found


def scored(row: ScoreResult) -> Scored:
    band = band_of(row.score, row.value)
    return Scored(row.score, row.value, band.name if band else "", band.tone if band else "")


def latest(survey: Survey, question: Question) -> list[tuple[Response, str]]:
    """The last few who wrote something here, with what they wrote."""
    if is_sensitive(question):
        return []
    rows = whole_responses(survey).filter(answers__has_key=str(question.pk)).select_related("contact")
    newest = rows.order_by("-completed_at", "-id")[:LATEST]
    return [(row, _words(question, row.answers[str(question.pk)])[0]) for row in newest]


def scores_of(survey: Survey, responses: QuerySet[Response]) -> list[ScoreResults]:
    """How many people stand in each band now, by the bands' ends as they are now."""
    scores = list(survey.scores.select_related("field").prefetch_related("bands"))
    rows = ScoreResult.objects.filter(
        score__in=scores, times=F("response__times"), response__in=responses.order_by().values("pk")
    )
    counted = rows.order_by().values_list("score", "value").annotate(n=Count("pk"))
    found: dict[int, list[tuple[float, int]]] = {}
    for score, value, count in counted:
        found.setdefault(score, []).append((value, count))
    return [_banded(score, found.get(score.pk, [])) for score in scores]


def _banded(score: Score, counted: Sequence[tuple[float, int]]) -> ScoreResults:
    placed: dict[int | None, int] = {}
    for value, count in counted:
        band = band_of(score, value)
        key = band.pk if band else None
        placed[key] = placed.get(key, 0) + count
    bands = [
        BandCount(band, placed.get(band.pk, 0)) for band in sorted(score.bands.all(), key=lambda band: -band.lowest)
    ]
    return ScoreResults(score, bands, placed.get(None, 0), sum(count for _value, count in counted))
