"""The surveys of a contact on their card: answers, the score on its ruler, and every completion.

Of an anonymous survey it says that they took part, and there is nothing else to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crm.contacts.card import register_panel
from crm.contacts.merging import ids_of
from crm.contacts.models import Contact
from crm.workspaces.http import MemberRequest
from surveys import reading, scoring
from surveys.models import Band, Participation, Question, Response, ScoreResult, Survey
from surveys.reading import Answer, Scored

SHOWN = 5
NAMES = {"low": "low", "middling": "middle", "high": "high"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A band on the ruler; `width` grows with it."""

    name: str
    tone: str
    width: float


@dataclass(frozen=True, slots=True)
class Ruler:
    """Bands to scale with a marker, which stands `at` out of 100 from the low end."""

    stretches: Sequence[Stretch]
    at: float


@dataclass(frozen=True, slots=True)
class Scoring:
    """The score now, its ruler, and what it was at each completion before, the newest first."""

    now: Scored
    ruler: Ruler | None
    before: Sequence[ScoreResult]


@dataclass(frozen=True, slots=True)
class Filled:
    response: Response
    answers: Sequence[Answer]
    scorings: Sequence[Scoring]


def draw(request: MemberRequest, contact: Contact) -> SafeString | str:
    """Nothing for whoever met no survey."""
    ids = ids_of(contact)
    filled = [_filled(response) for response in _responses(request, ids)]
    anonymous = Participation.objects.filter(workspace=request.workspace, contact__in=ids, survey__deleted_at=None)
    took_part = anonymous.filter(survey__kind=Survey.Kind.ANONYMOUS).select_related("survey").order_by("-at")
    context = {"contact": contact, "filled": filled, "took_part": list(took_part[:SHOWN])}
    if not filled and not context["took_part"]:
        return ""
    return render_to_string("surveys/_card_panel.html", context, request=request)


def _responses(request: MemberRequest, ids: list[int]) -> Sequence[Response]:
    rows = Response.objects.filter(workspace=request.workspace, contact__in=ids, survey__deleted_at=None)
    related = rows.select_related("survey").prefetch_related("survey__questions__field", "results__score__bands")
    return list(related.order_by("-updated_at", "-id")[:SHOWN])


def _filled(response: Response) -> Filled:
    questions: list[Question] = list(response.survey.questions.all())
    by_score: dict[int, list[ScoreResult]] = {}
    for row in response.results.all():
        by_score.setdefault(row.score_id, []).append(row)
    scorings = [_scoring(rows, questions) for rows in by_score.values()]
    return Filled(response, list(reading.answers_of(response, questions)), scorings)


def _scoring(rows: Sequence[ScoreResult], questions: Sequence[Question]) -> Scoring:
    newest, *before = sorted(rows, key=lambda row: -row.times)
    now = reading.scored(newest)
    span = scoring.span_of(newest.score, {question.pk: question for question in questions})
    return Scoring(now, ruler_of(list(newest.score.bands.all()), span, newest.value), before)


def ruler_of(bands: Sequence[Band], span: tuple[float, float], value: float) -> Ruler | None:
    """From the least possible to the most, or as far as the bands go; None where there are no bands or no stretch."""
    if not bands:
        return None
    ordered = sorted(bands, key=lambda band: band.lowest)
    low = span[0] if span[1] > span[0] else ordered[0].lowest
    high = max(span[1], max(band.highest for band in ordered)) if span[1] > span[0] else ordered[-1].highest
    if high <= low:
        return None
    reached = [band for band in ordered if band.highest >= low]
    stretches = [
        Stretch(band.name, NAMES[band.tone], max(round(band.highest - max(band.lowest, low) + 1, 2), 0.5))
        for band in reached
    ]
    return Ruler(stretches, round(100 * min(max((value - low) / (high - low), 0), 1), 1))


register_panel("surveys", draw, order=55)
