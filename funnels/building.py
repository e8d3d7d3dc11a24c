"""Making and changing funnels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.workspaces.models import User, Workspace
from funnels.matching import MOST_STAGES, clean_matches
from funnels.models import Funnel, Stage
from funnels.ready import ReadyModel


@transaction.atomic
def create_from(model: ReadyModel, *, workspace: Workspace, name: str, by: User | None = None) -> Funnel:
    """A funnel with the model's stages, named in the active language."""
    funnel = Funnel.objects.create(
        workspace=workspace, name=name, model=model.key, window_days=model.window_days, created_by=by
    )
    stages = [
        {"name": str(stage.name), "matches": model.matches(stage), "is_optional": stage.is_optional}
        for stage in model.stages
    ]
    save_stages(funnel, stages)
    return funnel


@transaction.atomic
def save_stages(funnel: Funnel, stages: Sequence[Mapping[str, Any]]) -> None:
    """Replaces the stages; each is {"name", "matches", "is_optional"}. Raises ValidationError with the place of the fault."""
    if not 1 <= len(stages) <= MOST_STAGES:
        raise ValidationError({"stages": _("A funnel has from one to twelve stages.")})
    rows = [_stage(funnel, number, stage) for number, stage in enumerate(stages)]
    Funnel.objects.select_for_update().get(pk=funnel.pk)  # of two who save at once the later one stands, whole
    funnel.stages.all().delete()
    Stage.objects.bulk_create(rows)
    Funnel.objects.filter(pk=funnel.pk).update(updated_at=timezone.now())


def _stage(funnel: Funnel, number: int, stage: Mapping[str, Any]) -> Stage:
    name = " ".join(str(stage.get("name") or "").split())
    if not name or len(name) > 60:
        raise ValidationError({f"stages.{number}.name": _("Write a name of up to 60 letters.")})
    path = f"stages.{number}.matches"
    try:
        matches = clean_matches(stage.get("matches", []), workspace=funnel.workspace, path=path)
    except ValidationError as error:
        raise ValidationError({path: error.messages}) from error
    optional = bool(stage.get("is_optional")) and number > 0  # somewhere a person has to come in
    return Stage(funnel=funnel, position=number, name=name, matches=matches, is_optional=optional)


@transaction.atomic
def put_in_bin(funnel: Funnel) -> None:
    Funnel.objects.filter(pk=funnel.pk).update(deleted_at=timezone.now())


@transaction.atomic
def take_from_bin(funnel: Funnel) -> None:
    Funnel.objects.filter(pk=funnel.pk).update(deleted_at=None)
