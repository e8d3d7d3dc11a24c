"""The condition of a question: the house's rule language, speaking of earlier answers of the same survey alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.rules import grammar, reading
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.workspaces.models import Workspace
from surveys.models import Question


def asked_in(rule: Node) -> set[int]:
    """Ids of the questions that a clean condition speaks of."""
    return {condition["answer"] for condition in grammar.conditions(rule) if "answer" in condition}


def clean(rule: Any, workspace: Workspace, *, earlier: Iterable[Question]) -> Node:
    """The condition, normalised. Raises ValidationError where it speaks of anything but the answers to `earlier`."""
    try:
        cleaned = grammar.clean(rule, workspace)
    except RuleError as error:
        raise ValidationError(error.messages) from None
    known = {question.pk for question in earlier}
    for condition in grammar.conditions(cleaned):
        if condition.get("answer") not in known:
            raise ValidationError(_("A condition may ask only about earlier questions of this survey."))
    return cleaned


def dependants(question: Question, questions: Iterable[Question]) -> list[Question]:
    """The questions whose condition asks about this one."""
    return [other for other in questions if question.pk in asked_in(other.shown_if)]


def in_words(question: Question, workspace: Workspace) -> SafeString:
    """For a screen: "Shown to people whose answer ... "; empty where everybody is asked."""
    if not question.shown_if:
        return SafeString("")
    people = reading.read(question.shown_if, workspace)
    return reading.marked(_("Shown to %(people)s") % {"people": people[:1].lower() + people[1:]})


def check_order(questions: Sequence[Question]) -> None:
    """Raises ValidationError where a condition would come before what it asks about."""
    seen: set[int] = set()
    for question in questions:
        if asked_in(question.shown_if) - seen:
            words = _("“%(question)s” is shown by an earlier answer, so it must stay after it.")
            raise ValidationError(words % {"question": question.label})
        seen.add(question.pk)


def broken(questions: Sequence[Question], workspace: Workspace) -> list[Question]:
    """Those whose condition does not fit any more what it asks about."""
    found = []
    for place, question in enumerate(questions):
        try:
            clean(question.shown_if, workspace, earlier=questions[:place])
        except ValidationError:
            found.append(question)
    return found
