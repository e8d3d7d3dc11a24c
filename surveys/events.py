"""The kinds of event this app records."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from crm.timeline.kinds import Kind, register
from crm.workspaces.models import Workspace
from surveys.models import Survey


def surveys_of(workspace: Workspace) -> Iterator[tuple[int, str]]:
    yield from Survey.objects.filter(workspace=workspace, deleted_at=None).values_list("pk", "name")


register(
    Kind(
        "survey.participated",
        label=_("Took part in a survey"),
        sentence=_("Took part in the survey %(subject)s"),
        icon="checkbox",
        group="survey",
        subject_type="survey",
        subjects=surveys_of,
    ),
    Kind(
        "survey.answered",
        label=_("Answered a survey"),
        sentence=_("Answered the survey %(subject)s"),
        icon="clipboard-check",
        tone="leaf",
        group="survey",
        subject_type="survey",
        subjects=surveys_of,
    ),
)
