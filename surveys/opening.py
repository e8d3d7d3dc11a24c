"""Opening and closing, by hand or when their time has come."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys import conditions, tallying
from surveys.models import SealedAnswer, Survey


def problems(survey: Survey) -> list[str]:
    """What must be mended before the survey can open, in the user's words."""
    questions = list(survey.questions.select_related("field"))
    found = [] if questions else [_("A survey needs at least one question.")]
    if not survey.is_anonymous:
        homeless = [question for question in questions if question.field is None or question.field.archived_at]
        found += [_("Choose the field of the card for “%(question)s”.") % {"question": row.label} for row in homeless]
    words = _("The condition of “%(question)s” does not fit the questions before it any more.")
    found += [words % {"question": row.label} for row in conditions.broken(questions, survey.workspace)]
    if survey.closes_at and survey.closes_at <= timezone.now():
        found.append(_("The closing date has passed."))
    return found


def hindrances(survey: Survey) -> list[str]:
    """Everything that keeps it from opening: its problems, or that an anonymous one had its time."""
    if survey.is_anonymous and survey.is_fixed:
        return [_("An anonymous survey that was closed cannot be opened again. Duplicate it.")]
    return problems(survey)


@transaction.atomic
def open_survey(survey: Survey, *, now: datetime | None = None) -> Survey:
    """From draft to open. A closed identified survey can be opened again; an anonymous one cannot, for its key is gone.

    Raises ValidationError with the list of problems.
    """
    locked = Survey.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=survey.pk)
    if locked.status == Survey.Status.OPEN:
        return locked
    if found := hindrances(locked):
        raise ValidationError(found)
    _settle_scores(locked)
    if locked.is_anonymous:
        tallying.open_anonymous(locked)
    locked.status, locked.closed_at = Survey.Status.OPEN, None
    locked.opened_at = locked.opened_at or now or timezone.now()
    locked.save()
    return locked


def _settle_scores(survey: Survey) -> None:
    """A score is made of the questions that are asked: those taken out of the draft leave it now, when none comes back."""
    asked = set(survey.questions.values_list("pk", flat=True))
    for score in survey.scores.all():
        parts = [part for part in score.parts if part["question"] in asked]
        if len(parts) < len(score.parts):
            score.parts = parts
            score.save(update_fields=["parts"])


@transaction.atomic
def close_survey(survey: Survey, *, now: datetime | None = None) -> bool:
    """No more answers; what waits of an anonymous survey is counted. Returns whether it was open."""
    if survey.is_anonymous:
        return tallying.close(survey, now=now)
    moment = now or timezone.now()
    rows = Survey.objects.filter(pk=survey.pk, status=Survey.Status.OPEN)
    return bool(rows.update(status=Survey.Status.CLOSED, closed_at=moment, updated_at=moment))


def keep_time(now: datetime) -> int:
    """Opens and closes what is due; one that cannot open keeps waiting as a draft, and its screen says why. How many moved."""
    moved = 0
    alive = Survey.objects.filter(deleted_at=None)
    for survey in alive.filter(status=Survey.Status.DRAFT, opens_at__lte=now, opened_at=None):
        if not problems(survey):
            open_survey(survey, now=now)
            moved += 1
    for survey in alive.filter(status=Survey.Status.OPEN, closes_at__lte=now):
        moved += close_survey(survey, now=now)
    return moved


def count_waiting() -> int:
    """Counts every batch that is due, of every survey; returns how many batches."""
    waiting = SealedAnswer.objects.filter(sealed__isnull=False).values_list("survey_id", flat=True).distinct()
    made = 0
    for survey in Survey.objects.filter(pk__in=waiting, key__isnull=False):
        while tallying.count_batch(survey):
            made += 1
    return made
