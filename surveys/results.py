"""What a survey brought: how many chose what, the same for both kinds.

Of an identified survey whole responses of people who are still here are counted, so that every number opens its people. Of an
anonymous one there is only what was published: tallies, participations and remarks, which move in batches (tallying.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from crm.contacts.models import FieldType
from surveys.models import Question, Remark, Response, Survey, Tally
from surveys.questions import WRITTEN, options_of
from surveys.tallying import ENOUGH

COUNTED = """
SELECT e.key::bigint, CASE WHEN jsonb_typeof(e.value) = 'array' THEN o.value ELSE e.value #>> '{{}}' END, count(*)
FROM ({responses}) r CROSS JOIN LATERAL jsonb_each(r.answers) e
LEFT JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(e.value) = 'array' THEN e.value END) o (value) ON TRUE
WHERE e.key::bigint = ANY(%s) GROUP BY 1, 2
"""
ANSWERED = "SELECT e.key::bigint, count(*) FROM ({responses}) r CROSS JOIN LATERAL jsonb_each(r.answers) e GROUP BY 1"
MEASURED = """
SELECT e.key::bigint, min((e.value #>> '{{}}')::float), avg((e.value #>> '{{}}')::float), max((e.value #>> '{{}}')::float),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY (e.value #>> '{{}}')::float)
FROM ({responses}) r CROSS JOIN LATERAL jsonb_each(r.answers) e WHERE e.key::bigint = ANY(%s) GROUP BY 1
"""
DATED = """
SELECT e.key::bigint, min(e.value #>> '{{}}'), max(e.value #>> '{{}}')
FROM ({responses}) r CROSS JOIN LATERAL jsonb_each(r.answers) e WHERE e.key::bigint = ANY(%s) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Line:
    """An option and how many chose it. `whole` is how many took part, `picks` how many options were chosen in all, `most` how
    many chose the commonest."""

    option: str
    label: str
    count: int
    whole: int
    picks: int
    most: int

    @property
    def is_most(self) -> bool:
        return bool(self.count) and self.count == self.most

    @property
    def height(self) -> float:
        """Of its column, out of 100; something to see where there is anything."""
        return max(round(100 * self.count / self.most, 1), 3) if self.count else 0

    @property
    def rest(self) -> float:
        return round(100 - self.height, 1)


@dataclass(slots=True)
class QuestionResult:
    """`measures` are (name, number) of a number; `dates` (earliest, latest). `waits`: words that are too few to be shown."""

    question: Question
    whole: int
    answered: int = 0
    lines: list[Line] = field(default_factory=list)
    measures: list[tuple[str, float]] = field(default_factory=list)
    dates: tuple[str, str] | None = None

    @property
    def is_many(self) -> bool:
        return self.question.type == FieldType.CHOICES

    @property
    def is_rating(self) -> bool:
        return self.question.type == FieldType.RATING

    @property
    def is_written(self) -> bool:
        return self.question.type in WRITTEN

    @property
    def picks(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def average(self) -> float | None:
        """Of a rating, to two places."""
        if not self.is_rating or not self.picks:
            return None
        return round(sum(int(line.option) * line.count for line in self.lines) / self.picks, 2)


Counts = Mapping[tuple[int, str], int]


def whole_responses(survey: Survey) -> QuerySet[Response]:
    """Complete, of people who are here."""
    return here(survey).filter(completed_at__isnull=False)


def here(survey: Survey) -> QuerySet[Response]:
    rows = Response.objects.filter(survey=survey, workspace_id=survey.workspace_id)
    return rows.filter(contact__deleted_at=None, contact__merged_into=None)


def of_survey(survey: Survey, responses: QuerySet[Response] | None = None) -> list[QuestionResult]:
    """`responses` narrow an identified survey; an anonymous one knows no narrowing."""
    questions = list(survey.questions.all())
    if survey.is_anonymous:
        return _published(survey, questions)
    return _answered(questions, whole_responses(survey) if responses is None else responses)


def _published(survey: Survey, questions: Sequence[Question]) -> list[QuestionResult]:
    rows = Tally.objects.filter(survey=survey).values_list("question_id", "option", "count")
    counts = {(question, option): count for question, option, count in rows}
    return [_result(question, survey.counted, counts.get((question.pk, ""), 0), counts) for question in questions]


def _answered(questions: Sequence[Question], responses: QuerySet[Response]) -> list[QuestionResult]:
    whole = responses.count()
    counted = [question.pk for question in questions if question.type not in WRITTEN]
    counts = {(pk, _option(option)): count for pk, option, count in _ask(COUNTED, responses, counted)}
    answered = dict(_ask(ANSWERED, responses))
    found = [_result(question, whole, answered.get(question.pk, 0), counts) for question in questions]
    _measure(found, responses)
    return found


def _option(text: str) -> str:
    return {"true": "yes", "false": "no"}.get(text, text)


def _ask(statement: str, responses: QuerySet[Response], ids: Sequence[int] | None = None) -> list[tuple[Any, ...]]:
    """One statement over the answers of `responses`; of no questions, nothing."""
    if ids is not None and not ids:
        return []
    inner, params = responses.order_by().values("answers").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(responses=inner), [*params, *([list(ids)] if ids is not None else [])])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _measure(found: Sequence[QuestionResult], responses: QuerySet[Response]) -> None:
    by_id = {each.question.pk: each for each in found}
    numbers = [pk for pk, each in by_id.items() if each.question.type == FieldType.NUMBER]
    names = (_("Lowest"), _("Average"), _("Highest"), _("Median"))
    for pk, *measures in _ask(MEASURED, responses, numbers):
        by_id[pk].measures = [(name, round(value, 2)) for name, value in zip(names, measures, strict=True)]
    dates = [pk for pk, each in by_id.items() if each.question.type == FieldType.DATE]
    for pk, first, last in _ask(DATED, responses, dates):
        by_id[pk].dates = (first, last)


def _result(question: Question, whole: int, answered: int, counts: Counts) -> QuestionResult:
    labels, options = labels_of(question), options_of(question)
    each = [counts.get((question.pk, option), 0) for option in options]
    picks, most = sum(each), max(each, default=0)
    lines = [
        Line(option, labels[option], count, whole, picks, most) for option, count in zip(options, each, strict=True)
    ]
    if question.type in (FieldType.CHOICE, FieldType.CHOICES):
        lines.sort(key=lambda line: -line.count)
    return QuestionResult(question, whole, answered, lines)


def labels_of(question: Question) -> dict[str, str]:
    if question.type == FieldType.YES_NO:
        return {"yes": _("Yes"), "no": _("No")}
    if question.type == FieldType.RATING:
        return {option: option for option in options_of(question)}
    return {str(option["id"]): str(option["label"]) for option in question.options}


def remarks_of(survey: Survey) -> dict[int, list[str]]:
    """What was written, by question, in the order of drawn numbers; only where ten wrote."""
    found: dict[int, list[str]] = {}
    enough = Remark.objects.filter(survey=survey).values("question").annotate(n=Count("pk")).filter(n__gte=ENOUGH)
    rows = Remark.objects.filter(survey=survey, question__in=enough.values("question"))
    for question, text in rows.order_by("id").values_list("question_id", "text"):
        found.setdefault(question, []).append(text)
    return found
