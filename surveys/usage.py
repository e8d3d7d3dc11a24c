"""Where custom fields and scores are used by this room: personal details and focused content of what stands before and after
the questions. And what a change of a score would touch elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.content.models import Document
from crm.contacts import usage
from crm.contacts.usage import Named, Subject, Use, conditions_in, naming, register_usage
from surveys.defining import SECOND_TEXTS, TEXTS
from surveys.models import Band, Score, Survey


def uses(subject: Subject) -> Iterator[Use]:
    documents = naming(Document.objects.filter(workspace_id=subject.workspace_id), "blocks", subject)
    told = dict(documents.filter(medium=Document.Medium.THANKS).values_list("pk", "blocks"))
    parts = [f"{part}_id" for part in (*TEXTS, *SECOND_TEXTS)]
    named = Q()
    for part in parts:
        named |= Q(**{f"{part}__in": list(told)})
    rows = Survey.objects.filter(named, workspace_id=subject.workspace_id, deleted_at=None) if told else ()
    for survey in rows:
        url = reverse("surveys:survey_edit", kwargs={"workspace": subject.workspace.slug, "pk": survey.pk})
        blocks = [told[getattr(survey, part)] for part in parts if getattr(survey, part) in told]
        yield Use(_("Survey"), survey.name, url, conditions_in(blocks, subject))


def of_score(score: Score) -> list[Use]:
    return usage.uses_of(Named(score.survey.workspace, "score", score.pk))


def of_changed_bands(score: Score, bands: Iterable[Band]) -> list[Use]:
    """What asks about a band of `score` that `bands` would rename, move or leave out."""
    changed = _changed(list(score.bands.all()), {band.name: band for band in bands})
    return (
        [use for use in of_score(score) if any(node.get("band") in changed for node in use.conditions)]
        if changed
        else []
    )


def _changed(had: Sequence[Band], will: dict[str, Band]) -> set[str]:
    kept = {name: (band.lowest, band.highest) for name, band in will.items()}
    return {band.name for band in had if kept.get(band.name) != (band.lowest, band.highest)}


register_usage("surveys", uses)
