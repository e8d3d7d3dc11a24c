from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm.models import Workspace
from surveys.models import Question, Survey

CHOICES = [
    {"id": "o1", "label": "ערכת אופנוע"},
    {"id": "o2", "label": "בושם לרכב"},
    {"id": "o3", "label": "מגבוני תא מטען"},
]


def make_survey(
    workspace: Workspace, *types: str, kind: str = "anonymous", name: str = "מה כדאי שנכין לחורף?"
) -> Survey:
    """A draft with one question of each type, in that order."""
    survey = Survey.objects.create(workspace=workspace, name=name, kind=kind)
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
