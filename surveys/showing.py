"""Which questions a person meets: the house's rules over the answers before them, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.rules import interpreter
from surveys.models import Question, Survey


def shown(survey: Survey, questions: Sequence[Question], said: Mapping[int, Any]) -> set[int]:
    """Ids of the questions whose condition holds. An answer to a question that is not shown counts for nothing, so that a
    condition on it does not hold either."""
    visible = {question.pk for question in questions if not question.shown_if}
    rules = {str(question.pk): question.shown_if for question in questions if question.shown_if}
    if not rules:
        return visible
    held: set[int] = set()
    while True:  # a chain of conditions is as long as the survey at most; each round settles one link of it
        values = {f"q{pk}": value for pk, value in said.items() if pk in visible | held}
        found = {int(name) for name in interpreter.for_values(survey.workspace, rules, values)}
        if found == held:
            return visible | held
        held = found
