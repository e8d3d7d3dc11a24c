"""The surveys of a business for its list: how many took part in each, and what else there is to say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from crm.workspaces.models import Workspace
from surveys.models import Response, Survey
from surveys.results import here


@dataclass(frozen=True, slots=True)
class Row:
    """`participants` are who stands behind the number; of an anonymous survey those of published batches alone."""

    survey: Survey
    participants: int
    midway: int


def surveys_of(workspace: Workspace) -> QuerySet[Survey]:
    return Survey.objects.filter(workspace=workspace, deleted_at=None)


def rows_of(surveys: Iterable[Survey]) -> list[Row]:
    listed = list(surveys)
    done, midway = Q(completed_at__isnull=False), Q(completed_at=None)
    rows = Response.objects.filter(survey__in=listed, contact__deleted_at=None, contact__merged_into=None)
    counted = (
        rows.order_by().values("survey").annotate(done=Count("pk", filter=done), midway=Count("pk", filter=midway))
    )
    found = {row["survey"]: (row["done"], row["midway"]) for row in counted}
    return [
        Row(survey, *((survey.counted, 0) if survey.is_anonymous else found.get(survey.pk, (0, 0))))
        for survey in listed
    ]


def row_of(survey: Survey) -> Row:
    if survey.is_anonymous:
        return Row(survey, survey.counted, 0)
    done = here(survey).filter(completed_at__isnull=False).count()
    return Row(survey, done, here(survey).filter(completed_at=None).count())


def waits(survey: Survey) -> bool:
    """Nothing was published yet, and something may be: fewer than ten answered, or nobody did."""
    return survey.is_anonymous and survey.counted == 0
