"""A survey in the parts a person meets one after the other.

A part begins at a section's name, and before a question whose condition asks about the part before it: which questions are
shown is decided here on the server, so no part may depend on itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surveys.models import Question, Survey
from surveys.showing import shown


@dataclass
class Part:
    """`number` counts from 1; `section` is the question whose section's name stands above, in whatever language."""

    number: int
    section: Question | None
    questions: list[Question] = field(default_factory=list)


def parts_of(questions: Iterable[Question]) -> list[Part]:
    """At least one part, also where nothing is asked."""
    parts = [Part(1, None)]
    for question in questions:
        here = {other.pk for other in parts[-1].questions}
        if here and (question.section or here & set(asked_about(question.shown_if))):
            parts.append(Part(len(parts) + 1, parts[-1].section))
        if question.section:
            parts[-1].section = question
        parts[-1].questions.append(question)
    return parts


def asked_about(rule: Any) -> Iterator[int]:
    """Ids of the questions that a condition asks about."""
    if isinstance(rule, Mapping):
        if isinstance(rule.get("answer"), int):
            yield rule["answer"]
        for inner in rule.values():
            yield from asked_about(inner)
    elif isinstance(rule, list):
        for inner in rule:
            yield from asked_about(inner)


@dataclass
class Way:
    """One person's way through a survey: its parts, and which of their questions the answers so far let them meet."""

    survey: Survey
    parts: list[Part]
    said: dict[int, Any]

    @property
    def everything(self) -> list[Question]:
        return [question for part in self.parts for question in part.questions]

    def visible(self, said: Mapping[int, Any] | None = None) -> set[int]:
        return shown(self.survey, self.everything, self.said if said is None else said)

    def asked(self, part: Part) -> list[Question]:
        """The questions of the part, by the answers to the parts before it."""
        before = {question.pk for earlier in self.parts[: part.number - 1] for question in earlier.questions}
        visible = self.visible({pk: value for pk, value in self.said.items() if pk in before})
        return [question for question in part.questions if question.pk in visible]

    def part(self, number: int) -> Part:
        return self.parts[min(max(number, 1), len(self.parts)) - 1]

    def after(self, part: Part) -> Part | None:
        """The next part with something to ask; None after the last."""
        return next((later for later in self.parts[part.number :] if self.asked(later)), None)

    def before(self, part: Part) -> Part | None:
        return next((earlier for earlier in reversed(self.parts[: part.number - 1]) if self.asked(earlier)), None)

    def first_open(self) -> Part:
        """Where whoever comes back goes on: the first part with a question that has no answer yet."""
        open_parts = (part for part in self.parts if any(one.pk not in self.said for one in self.asked(part)))
        return next(open_parts, self.parts[0])

    def part_of(self, question_ids: Sequence[int]) -> Part:
        wanted = set(question_ids)
        return next((part for part in self.parts if wanted & {one.pk for one in part.questions}), self.parts[0])
