"""The order of the questions of a survey, and taking one out or making another like it. A draft's alone."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys import conditions
from surveys.models import Question, Survey


def locked(survey: Survey) -> Survey:
    """The survey as it now is, held until the transaction ends: opening waits, or has happened."""
    return Survey.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=survey.pk)


def require_draft(survey: Survey) -> None:
    """Raises ValidationError with the reason."""
    if not survey.is_fixed:
        return
    if survey.is_anonymous:
        raise ValidationError(
            _(
                "The questions are fixed since the survey opened: answers are counted together, so all were asked the same."
            )
        )
    raise ValidationError(_("The survey was opened: its words may be mended, its questions stay."))


def last_place(survey: Survey) -> int:
    """The highest place, those that were taken out too, so that one put back finds its own; -1 where there is none."""
    last = Question.with_removed.filter(survey=survey).aggregate(last=Max("position"))["last"]
    return -1 if last is None else int(last)


@transaction.atomic
def arrange(survey: Survey, ids: Sequence[int]) -> None:
    """Puts the questions in this order. Raises ValidationError for another set, or a condition before its question."""
    draft = locked(survey)
    require_draft(draft)
    questions = {question.pk: question for question in draft.questions.all()}
    if sorted(ids) != sorted(questions):
        raise ValidationError(_("The questions have changed meanwhile. Try again."))
    ordered = [questions[pk] for pk in ids]
    conditions.check_order(ordered)
    places = sorted(question.position for question in ordered)
    if len(set(places)) < len(places):
        places = list(range(len(places)))
    for question, place in zip(ordered, places, strict=True):
        question.position = place
    Question.objects.bulk_update(ordered, ["position"])


@transaction.atomic
def move(question: Question, step: int) -> None:
    """One up (-1) or down (1); at the ends nothing happens. Raises ValidationError as `arrange`."""
    draft = locked(question.survey)
    require_draft(draft)
    ids = list(draft.questions.values_list("pk", flat=True))
    at = ids.index(question.pk)
    to = at + step
    if 0 <= to < len(ids):
        ids[at], ids[to] = ids[to], ids[at]
        arrange(question.survey, ids)


@transaction.atomic
def duplicate(question: Question) -> Question:
    """Another like it, right after it, with no field of the card yet. Raises ValidationError."""
    draft = locked(question.survey)
    require_draft(draft)
    ids = list(draft.questions.values_list("pk", flat=True))
    twin = Question.objects.get(pk=question.pk)
    twin.pk, twin.field, twin._state.adding = None, None, True
    twin.section, twin.position = "", last_place(draft) + 1
    twin.save()
    ids.insert(ids.index(question.pk) + 1, twin.pk)
    arrange(draft, ids)
    return twin


@transaction.atomic
def take_out(question: Question) -> None:
    """Raises ValidationError where another question's condition or a score asks about it."""
    draft = locked(question.survey)
    require_draft(draft)
    others = conditions.dependants(question, draft.questions.all())
    if others:
        words = _("“%(other)s” is shown by the answer to this question. Change its condition first.")
        raise ValidationError(words % {"other": others[0].label})
    for score in draft.scores.all():
        if question.pk in [part["question"] for part in score.parts] and len(score.parts) == 1:
            words = _("The score %(score)s is made of this question. Change the score first.")
            raise ValidationError(words % {"score": score.name})
    Question.objects.filter(pk=question.pk).update(removed_at=timezone.now())


@transaction.atomic
def put_back(question: Question) -> None:
    """At its place. Raises ValidationError where what its condition asks about is gone or comes later now."""
    draft = locked(question.survey)
    require_draft(draft)
    Question.with_removed.filter(pk=question.pk).update(removed_at=None)
    conditions.check_order(list(draft.questions.all()))
