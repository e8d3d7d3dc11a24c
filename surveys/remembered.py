"""What the words of this app ask of a business - surveys, questions, scores - read once while a screen is drawn."""

from __future__ import annotations

from typing import Any

from crm.rules.remembering import remember
from crm.workspaces.models import Workspace
from surveys.models import Question, Score, Survey


def surveys_of(workspace: Workspace) -> dict[int, Survey]:
    rows = Survey.objects.filter(workspace=workspace).exclude(status=Survey.Status.DRAFT, opened_at=None)
    return remember(("surveys", workspace.pk), lambda: {row.pk: row for row in rows.order_by("name")})


def questions_of(workspace: Workspace) -> dict[int, Question]:
    rows = Question.objects.filter(workspace=workspace).select_related("survey", "field")
    ordered = rows.order_by("survey__name", "survey_id", "position", "id")
    return remember(("survey questions", workspace.pk), lambda: {row.pk: row for row in ordered})


def scores_of(workspace: Workspace) -> dict[int, Score]:
    rows = Score.objects.filter(workspace=workspace, survey__deleted_at=None).select_related("survey", "field")
    return remember(("scores", workspace.pk), lambda: {row.pk: row for row in rows.prefetch_related("bands")})


def score_of(workspace: Workspace, pk: Any) -> Score | None:
    return scores_of(workspace).get(pk) if isinstance(pk, int) and not isinstance(pk, bool) else None
