"""Setting up a score, and counting it anew for those who completed the survey before it was so.

Counting anew goes in batches of its own transactions, by the clock, along the responses; each is counted once a round. It is
no completion: nobody is told that a survey was answered, and no reply goes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts import defining
from crm.contacts.identity import one_line
from crm.contacts.models import Contact, CustomField, FieldType
from crm.workspaces.models import Workspace
from surveys import scoring
from surveys.models import Band, Response, Score, ScoreResult, Survey

BATCH = 200
MOST_SCORES = 10
SCORABLE = (FieldType.RATING, FieldType.NUMBER, FieldType.YES_NO, FieldType.CHOICE, FieldType.CHOICES)


@transaction.atomic
def save_score(survey: Survey, said: Mapping[str, Any], *, score: Score | None = None) -> Score:
    """Makes a score or changes `score`. `said`: name, method, parts, bands (unsaved, in order), and field (a number field) or
    field_label, of one that is made here. Raises ValidationError by those names."""
    locked = Survey.objects.select_for_update(of=("self",), no_key=True).select_related("workspace").get(pk=survey.pk)
    said = {**said, "name": one_line(said["name"])}
    for band in said["bands"]:
        band.name = one_line(band.name)
    _check(locked, said, score)
    subject = score or Score(workspace=locked.workspace, survey=locked)
    subject.name, subject.method, subject.parts = said["name"], said["method"], said["parts"]
    subject.field = said.get("field") or _field(locked.workspace, said.get("field_label", ""))
    subject.save()
    _save_bands(subject, said["bands"])
    return subject


def _check(survey: Survey, said: Mapping[str, Any], score: Score | None) -> None:
    if survey.is_anonymous:
        raise ValidationError({"": [_("An anonymous survey has no scores: a score belongs to a person.")]})
    known = {question.pk for question in survey.questions.filter(type__in=SCORABLE)}
    if not said["parts"] or any(part["question"] not in known for part in said["parts"]):
        raise ValidationError({"parts": [_("Choose at least one question.")]})
    if said["method"] == Score.Method.AVERAGE and not sum(part["weight"] for part in said["parts"]):
        raise ValidationError({"parts": [_("Weights that add up to nothing have no average.")]})
    if not said["name"]:
        raise ValidationError({"name": [_("Name the score.")]})
    others = survey.scores.exclude(pk=score.pk) if score else survey.scores.all()
    if others.filter(name__iexact=said["name"]).exists():
        raise ValidationError({"name": [_("There is a score of this name already.")]})
    if others.filter(field=said.get("field")).exists() and said.get("field"):
        raise ValidationError({"field": [_("Another score is written into this field.")]})
    if score is None and others.count() >= MOST_SCORES:
        raise ValidationError({"": [_("A survey has ten scores at most.")]})
    _check_bands(said["bands"])


def _check_bands(bands: Sequence[Band]) -> None:
    if not all(band.name for band in bands):
        raise ValidationError({"bands": [_("A band needs a name and two ends.")]})
    names = [band.name.casefold() for band in bands]
    if len(set(names)) < len(names):
        raise ValidationError({"bands": [_("Give each band a name of its own.")]})
    if any(band.lowest > band.highest for band in bands):
        raise ValidationError({"bands": [_("A band begins at its lower end.")]})


def _field(workspace: Workspace, label: str) -> CustomField:
    try:
        return defining.define(workspace, said={"label": label, "type": FieldType.NUMBER})
    except ValidationError as error:
        raise ValidationError({"field_label": error.messages}) from error


def _save_bands(score: Score, bands: Sequence[Band]) -> None:
    score.bands.all().delete()
    for position, band in enumerate(bands):
        band.pk, band.score, band.position = None, score, position
    Band.objects.bulk_create(bands)


def ask_anew(score: Score) -> None:
    """Begins a round of counting anew, or begins it from the first response again."""
    Score.objects.filter(pk=score.pk).update(settled_to=0)


def left(score: Score) -> int:
    """How many completed responses the round has before it."""
    return _before(score).count() if score.settled_to is not None else 0


def _before(score: Score) -> Any:
    rows = Response.objects.filter(survey_id=score.survey_id, completed_at__isnull=False)
    return rows.filter(pk__gt=score.settled_to or 0).order_by("pk")


@transaction.atomic
def settle_batch(score_id: int, *, now: datetime | None = None) -> bool:
    """Counts the next responses of a round; returns whether there was one under way."""
    score = Score.objects.select_for_update(of=("self",)).select_related("field", "survey").filter(pk=score_id).first()
    if score is None or score.settled_to is None:
        return False
    questions = {question.pk: question for question in score.survey.questions.all()}
    rows = list(_before(score).select_related("contact")[:BATCH])
    people = Contact.objects.filter(pk__in=[response.contact_id for response in rows]).order_by("pk")
    list(people.select_for_update().values_list("pk"))  # in one order, so that two batches never wait for each other
    for response in rows:
        said = {int(key): value for key, value in response.answers.items()}
        value = scoring.value_of(score, said, questions)
        if value is not None:
            _settle(score, response, value, now or timezone.now())
    score.settled_to = rows[-1].pk if len(rows) == BATCH else None
    score.save(update_fields=["settled_to"])
    return True


def _settle(score: Score, response: Response, value: float, now: datetime) -> None:
    """A result that says the same already is left as it is, and so is the card."""
    band = scoring.band_of(score, value)
    fields = {"value": value, "band": band.name if band else "", "workspace_id": response.workspace_id}
    key: dict[str, Any] = {"score": score, "response": response, "times": response.times}
    result = ScoreResult.objects.filter(**key).first()
    if result is not None and (result.value, result.band) == (value, fields["band"]):
        return
    ScoreResult.objects.update_or_create(**key, defaults=fields, create_defaults={**fields, "at": now})
    if result is None or result.value != value:
        scoring.write(response, score, value, now)


def work_due() -> int:
    """Every round that is under way, to its end; returns how many batches."""
    made = 0
    for pk in Score.objects.filter(settled_to__isnull=False).values_list("pk", flat=True):
        while settle_batch(pk):
            made += 1
    return made


def remove_score(score: Score) -> None:
    """With its bands and its history; the field and what the cards say in it stay."""
    score.delete()
