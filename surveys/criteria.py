"""The words this app adds to the rule language.

`answer` is what the page at hand says in a question: it decides which questions are shown, and is false everywhere else.
"""

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
from crm.rules.controls import Choice
from crm.rules.criteria import Criterion, Node, Sql, register
from crm.rules.faults import RuleError, step
from crm.workspaces.models import Workspace
from surveys.models import Question


def place_of(question_id: int) -> Place:
    """Where an answer of the page at hand lies in a row of values."""
    return Place(f"(c.\"values\"->>'q{int(question_id)}')", f"(c.\"values\"->'q{int(question_id)}')")


class AnswerCriterion(Criterion):
    key: ClassVar = "answer"
    label: ClassVar = gettext_lazy("Answer")
    icon: ClassVar = "message-question"
    extras: ClassVar = frozenset({"op", "value"})

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        question = _question(workspace, node["answer"])
        if question is None:
            raise RuleError(step(path, "answer"), _("This question does not exist."))
        operator = operators.find(KINDS[FieldType(question.type)], node.get("op"))
        if operator is None:
            raise RuleError(step(path, "op"), _("This comparison does not fit the question."))
        if not operator.takes:
            return {"answer": question.pk, "op": operator.name}
        labels = {str(option["id"]): str(option["label"]) for option in question.options}
        value = values.clean(operator.takes, node.get("value"), labels=labels, path=step(path, "value"))
        return {"answer": question.pk, "op": operator.name, "value": value}

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return operators.sql(place_of(node["answer"]), node["op"], node.get("value"), now=now, zone=workspace.zone)

    def words(self, node: Node, *, workspace: Workspace) -> str:
        question = _question(workspace, node["answer"])
        if question is None:
            return _("(removed)")
        kind = KINDS[FieldType(question.type)]
        operator = operators.find(kind, node["op"]) or operators.EMPTY
        labels = {str(option["id"]): str(option["label"]) for option in question.options}
        value = values.words(operator.takes, node.get("value"), labels=labels) if operator.takes else ""
        said = {"field": values.isolated(question.label), "value": value, "count": 0}
        return str(operator.words % said)

    @property
    def schema(self) -> dict[str, Any]:
        names = sorted({operator.name for kind in operators.BY_KIND.values() for operator in kind})
        return {
            "type": "object",
            "properties": {
                "answer": {"type": "integer"},
                "op": {"enum": names},
                "value": {"type": ["string", "number", "boolean", "array"]},
            },
            "required": ["answer", "op"],
            "additionalProperties": False,
        }

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        return ()


def _question(workspace: Workspace, pk: Any) -> Question | None:
    if isinstance(pk, bool) or not isinstance(pk, int) or not 0 < pk < 2**63:
        return None
    return Question.objects.filter(workspace=workspace, pk=pk).first()


register(AnswerCriterion())
