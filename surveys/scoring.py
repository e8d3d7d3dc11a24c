"""Scores: a number out of the answers of one completion, its band, and the field of the card it is written to.

A score exists only where all its questions were answered: a five and then leaving must not earn "bad".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crm.contacts import changing
from crm.contacts.locking import locked
from crm.contacts.models import Contact, FieldType
from crm.timeline.models import Event
from crm.timeline.recording import record_many
from surveys.models import Band, Question, Response, Score, ScoreResult

Said = Mapping[int, Any]


def settle(
    response: Response, said: Said, questions: Iterable[Question], contact: Contact, *, now: datetime
) -> list[Event]:
    """Computes every score that can be computed, for a completion that was just counted in `response.times`; call it in the
    answer's transaction. The card is set and not saved, and the events that tell of it are for the caller to record."""
    by_id = {question.pk: question for question in questions}
    made: list[ScoreResult] = []
    told: list[Event] = []
    for score in response.survey.scores.select_related("field").prefetch_related("bands"):
        value = value_of(score, said, by_id)
        if value is None:
            continue
        band = band_of(score, value)
        key: dict[str, Any] = {"workspace_id": response.workspace_id, "response": response, "times": response.times}
        made.append(ScoreResult(**key, score=score, value=value, band=band.name if band else "", at=now))
        told += _on_card(contact, score, value, now)
    if made:
        ScoreResult.objects.bulk_create(made)
    return told


def value_of(score: Score, said: Said, questions: Mapping[int, Question]) -> float | int | None:
    """None where a question of the score is missing: unanswered, or gone from the survey."""
    total, weights = 0.0, 0.0
    for part in score.parts:
        question = questions.get(part["question"])
        worth = points_of(question, part, said.get(part["question"])) if question else None
        if worth is None:
            return None
        weight = part.get("weight", 1)
        total, weights = total + worth * weight, weights + weight
    if not score.parts or (score.method == Score.Method.AVERAGE and not weights):
        return None
    value = round(total / weights if score.method == Score.Method.AVERAGE else total, 4)
    return int(value) if value == int(value) else value


def points_of(question: Question, part: Mapping[str, Any], value: Any) -> float | None:
    """What an answer is worth; None where it was not given. An option without points is worth nothing, which is 0."""
    if value is None or value in ("", []):
        return None
    points: Mapping[str, float] = part.get("points") or {}
    if question.type == FieldType.CHOICE:
        return points.get(str(value), 0)
    if question.type == FieldType.CHOICES:
        return sum(points.get(str(option), 0) for option in value)
    if question.type == FieldType.YES_NO:
        return points.get("yes" if value else "no", 1 if value else 0)
    if question.type == FieldType.RATING and points:
        return points.get(str(value), 0)
    return float(value) if question.type in (FieldType.RATING, FieldType.NUMBER) else None


def span_of(score: Score, questions: Mapping[int, Question]) -> tuple[float, float]:
    """The lowest and the highest value that answers can make; (0, 0) where a number is open at its ends."""
    ends = [_ends(questions[part["question"]], part) for part in score.parts if part["question"] in questions]
    low = sum(end[0] for end in ends)
    high = sum(end[1] for end in ends)
    if score.method == Score.Method.AVERAGE and ends:
        weights = sum(part.get("weight", 1) for part in score.parts)
        low, high = low / weights, high / weights
    return low, high


def _ends(question: Question, part: Mapping[str, Any]) -> tuple[float, float]:
    weight, points = part.get("weight", 1), part.get("points") or {}
    worth = [float(value) for value in points.values()]
    if question.type == FieldType.CHOICES:
        low, high = sum(min(value, 0) for value in worth), sum(max(value, 0) for value in worth)
    elif question.type == FieldType.RATING and not worth:
        low, high = 1, question.rating_max
    else:
        low, high = (min(worth), max(worth)) if worth else (0, 1 if question.type == FieldType.YES_NO else 0)
    return (low * weight, high * weight) if weight >= 0 else (high * weight, low * weight)


def band_of(score: Score, value: float) -> Band | None:
    return next((band for band in score.bands.all() if band.lowest <= value <= band.highest), None)


def write(response: Response, score: Score, value: float, now: datetime) -> None:
    contact = locked(response.contact)
    told = _on_card(contact, score, value, now)
    if told:
        contact.save(update_fields=["values", "updated_at"])
        record_many(told)


def _on_card(contact: Contact, score: Score, value: float, now: datetime) -> list[Event]:
    """Sets the field of the score, unsaved; returns what the timeline is to tell of it."""
    if score.field.archived_at is not None:
        return []
    key = score.field.storage_key
    made = changing.apply(contact, {key: value})
    return changing.events_of(contact, made, fields={key: score.field}, actor="system", occurred_at=now)
