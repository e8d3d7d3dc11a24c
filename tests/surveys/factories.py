from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm.models import Workspace
from surveys.models import Band, Question, Score, Survey
from tests.crm.factories import CustomFieldFactory

CHOICES = [
    {"id": "o1", "label": "ערכת אופנוע"},
    {"id": "o2", "label": "בושם לרכב"},
    {"id": "o3", "label": "מגבוני תא מטען"},
]


def make_survey(
    workspace: Workspace, *types: str, kind: str = "anonymous", name: str = "מה כדאי שנכין לחורף?", **more: Any
) -> Survey:
    """A draft with one question of each type, in that order."""
    survey = Survey.objects.create(workspace=workspace, name=name, kind=kind, **more)
    rows: Sequence[Any] = [
        Question(
            workspace=workspace,
            survey=survey,
            position=place,
            label=f"שאלה {place + 1}",
            type=type,
            options=CHOICES if type in ("choice", "choices") else [],
        )
        for place, type in enumerate(types)
    ]
    Question.objects.bulk_create(rows)
    return survey


def make_satisfaction(workspace: Workspace, **more: Any) -> Survey:
    """The demo's survey: three ratings on three fields, their sum in a fourth, bands 1-5, 6-10, 11-15. Open."""
    survey = make_survey(workspace, "rating", "rating", "rating", kind="identified", **{"name": "שביעות רצון", **more})
    for question in survey.questions.all():
        question.field = CustomFieldFactory(workspace=workspace, type="rating", label=f"דירוג {question.position + 1}")
        question.is_required = True
        question.save()
    total = CustomFieldFactory(workspace=workspace, type="number", label="סיכום סקר")
    parts = [{"question": question.pk, "weight": 1} for question in survey.questions.all()]
    score = Score.objects.create(workspace=workspace, survey=survey, name="סיכום", parts=parts, field=total)
    for place, (name, tone, low, high) in enumerate(BANDS):
        Band.objects.create(score=score, position=place, name=name, tone=tone, lowest=low, highest=high)
    survey.status = Survey.Status.OPEN
    survey.save()
    return survey


BANDS = [("נמוך", "low", 1, 5), ("בינוני", "middling", 6, 10), ("גבוה", "high", 11, 15)]
