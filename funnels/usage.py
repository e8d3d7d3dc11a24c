"""Where custom fields, or what else conditions name, are used by funnels:
the rules of stages, and stages that wait for a change of the field."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import CustomField
from crm.contacts.usage import Subject, Use, conditions_in, register_usage
from funnels.models import Stage


def uses(subject: Subject) -> Iterator[Use]:
    stages = Stage.objects.filter(funnel__workspace_id=subject.workspace_id, funnel__deleted_at=None)
    found: dict[int, list[Stage]] = {}
    for stage in stages.select_related("funnel"):
        if any(_names(match, subject) for match in stage.matches):
            found.setdefault(stage.funnel_id, []).append(stage)
    for pk, named in found.items():
        url = reverse("funnels:funnel_report", kwargs={"workspace": subject.workspace.slug, "pk": pk})
        conditions = tuple(each for stage in named for each in conditions_in(stage.matches, subject))
        yield Use(_("Funnel"), named[0].funnel.name, url, conditions)


def _names(match: dict[str, object], subject: Subject) -> bool:
    return bool(conditions_in(match, subject)) or (isinstance(subject, CustomField) and _waits(match, subject))


def _waits(match: dict[str, object], field: CustomField) -> bool:
    """For a change of the field."""
    if match.get("kind") == "field.changed":
        return match.get("subject") == field.pk
    return field.key == "status" and match.get("kind") == "status.changed"


register_usage("funnels", uses)
