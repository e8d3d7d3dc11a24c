"""Comparing with what was answered to a question: `said` of a contact, `answer` on the page at hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contacts.criteria import KINDS
from crm.contacts.models import FieldType
from crm.rules import operators, values
from crm.rules.comparing import Place
from crm.rules.controls import Choice, Control, Option, Parts, first
from crm.rules.criteria import CLOCK, Criterion, Node, Sql, register
from crm.rules.faults import RuleError, step
from crm.rules.operators import Operator
from crm.workspaces.models import Workspace
from surveys import answer_words
from surveys.models import Question
from surveys.remembered import questions_of

OF_PERSON = "FROM surveys_response r WHERE r.contact_id = c.id AND r.survey_id = %s AND r.workspace_id = %s"


class OfQuestion(Criterion):
    """A comparison with what was answered to a question: {key: question, "op": ..., "value": ...}."""

    extras: ClassVar = frozenset({"op", "value"})

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        question = self.question(workspace, node[self.key])
        if question is None:
            raise RuleError(step(path, self.key), _("This question does not exist."))
        operator = operators.find(_kind(question), node.get("op"))
        if operator is None:
            raise RuleError(step(path, "op"), _("This comparison does not fit the question."))
        cleaned: Node = {self.key: question.pk, "op": operator.name}
        if not operator.takes:
            return cleaned
        at = step(path, "value")
        return cleaned | {"value": values.clean(operator.takes, node.get("value"), labels=_labels(question), path=at)}

    def question(self, workspace: Workspace, pk: Any) -> Question | None:
        is_id = isinstance(pk, int) and not isinstance(pk, bool)
        return questions_of(workspace).get(pk) if is_id else None

    def words(self, node: Node, *, workspace: Workspace) -> str:
        question = self.question(workspace, node[self.key])
        if question is None:
            return _("(removed)")
        operator = _operator(question, node)
        value = values.words(operator.takes, node.get("value"), labels=_labels(question)) if operator.takes else ""
        said = {"asked": answer_words.asked(question), "value": value, "count": node.get("value", 0)}
        return str(answer_words.OF_ANSWERS[operator.name] % said)

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        question = self.question(workspace, node[self.key])
        return question.label if question else _("(removed)")

    def what(self, node: Node) -> str:
        return f"{self.key}:{node[self.key]}"

    @property
    def schema(self) -> dict[str, Any]:
        names = sorted({operator.name for kind in operators.BY_KIND.values() for operator in kind})
        return {
            "type": "object",
            "properties": {
                self.key: {"type": "integer"},
                "op": {"enum": names},
                "value": {"type": ["string", "number", "boolean", "array"]},
            },
            "required": [self.key, "op"],
            "additionalProperties": False,
        }

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        question = self.question(workspace, node[self.key])
        if question is None:
            return []
        known = operators.BY_KIND[_kind(question)]
        chosen = operators.find(_kind(question), node.get("op")) or known[0]
        options = tuple(Option(operator.name, operator.label) for operator in known)
        how = Control("op", "select", _("Comparison"), chosen.name, options, redraws=True)
        return [how, *values.controls(chosen.takes, node.get("value"), labels=_labels(question))]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        pk = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 19 else 0
        question = self.question(workspace, pk)
        known = operators.BY_KIND[_kind(question)] if question else operators.TEXT
        name = first(parts, "op", known[0].name)
        operator = next((each for each in known if each.name == name), known[0])
        node: Node = {self.key: pk, "op": operator.name}
        return node | {"value": values.draft(operator.takes, parts)} if operator.takes else node


class SaidCriterion(OfQuestion):
    """What a contact answered in an identified survey, midway or to the end."""

    key: ClassVar = "said"
    label: ClassVar = gettext_lazy("Answered in a survey")
    icon: ClassVar = "message-2-question"
    rank: ClassVar = 46
    never_null: ClassVar = True

    def question(self, workspace: Workspace, pk: Any) -> Question | None:
        question = super().question(workspace, pk)
        return question if question and not question.survey.is_anonymous else None

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        key = str(int(node["said"]))
        place = Place(f"(r.answers->>'{key}')", f"(r.answers->'{key}')")
        test, params = operators.sql(place, node["op"], node.get("value"), now=now, zone=workspace.zone)
        question = self.question(workspace, node["said"])
        survey = question.survey_id if question else 0
        return f"EXISTS (SELECT 1 {OF_PERSON} AND {test})", [survey, workspace.pk, *params]

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        """Answers given midway are told by the field they stand in, so a segment of them follows the field too."""
        question = self.question(workspace, node["said"])
        field = [f"field:{question.field.storage_key}"] if question and question.field else []
        clock = [CLOCK] if node["op"] in operators.BY_THE_CLOCK else []
        return ["event:survey.answered", *field, *clock]

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        for question in questions_of(workspace).values():
            if not question.survey.is_anonymous and question.survey.deleted_at is None:
                label = f"{question.survey.name}: {question.label}"
                yield Choice(f"said:{question.pk}", label, self.icon, _("Survey answers"))


class AnswerCriterion(OfQuestion):
    key: ClassVar = "answer"
    label: ClassVar = gettext_lazy("Answer")
    icon: ClassVar = "message-question"

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        key = f"q{int(node['answer'])}"
        place = Place(f"(c.\"values\"->>'{key}')", f"(c.\"values\"->'{key}')")
        return operators.sql(place, node["op"], node.get("value"), now=now, zone=workspace.zone)

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return []

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        return ()

    def choices_within(self, argument: str, *, workspace: Workspace) -> Iterable[Choice]:
        """`argument` is "<survey>-<question>": what stands before that question; "<survey>-" is the end of the survey."""
        survey, _dash, before = argument.partition("-")
        for question in questions_of(workspace).values():
            if str(question.survey_id) != survey:
                continue
            if str(question.pk) == before:
                return
            yield Choice(f"answer:{question.pk}", question.label, self.icon, _("Earlier answers"))


def _kind(question: Question) -> str:
    return KINDS[FieldType(question.type)]


def _operator(question: Question, node: Node) -> Operator:
    return operators.find(_kind(question), node["op"]) or operators.EMPTY


def _labels(question: Question) -> dict[str, str]:
    return {str(option["id"]): str(option["label"]) for option in question.options}


register(SaidCriterion())
register(AnswerCriterion())
