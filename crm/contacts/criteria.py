"""The words this room adds to the rule language: a field of the contact, a list, a tag, and being known at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contacts.models import Contact, CustomField, FieldType, List, Subscription, Tag
from crm.rules import comparing, operators, values
from crm.rules.comparing import Place
from crm.rules.controls import Choice, Control, Option, Parts, first
from crm.rules.criteria import CLOCK, Criterion, Node, Sql, register
from crm.rules.faults import RuleError, Text, step
from crm.rules.naming import Naming
from crm.rules.remembering import remember
from crm.workspaces.models import Workspace

FIELD_KEY = re.compile(r"f[1-9]\d{0,17}", re.ASCII)
STANDARD: dict[str, tuple[Text, str, str]] = {  # name: label, kind of value, icon
    "email": (Contact._meta.get_field("email").verbose_name, "text", "mail"),
    "phone": (Contact._meta.get_field("phone").verbose_name, "text", "phone"),
    "first_name": (Contact._meta.get_field("first_name").verbose_name, "text", "user"),
    "last_name": (Contact._meta.get_field("last_name").verbose_name, "text", "user"),
    "source": (Contact._meta.get_field("source").verbose_name, "text", "route"),
    "created_at": (gettext_lazy("Date of joining"), "moment", "calendar"),
}
KINDS = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "text",
    FieldType.URL: "text",
    FieldType.NUMBER: "number",
    FieldType.RATING: "number",
    FieldType.DATE: "date",
    FieldType.YES_NO: "yes_no",
    FieldType.CHOICE: "choices",
    FieldType.CHOICES: "choices",
}
ICONS = {
    FieldType.NUMBER: "hash",
    FieldType.RATING: "star",
    FieldType.DATE: "calendar",
    FieldType.YES_NO: "checkbox",
    FieldType.CHOICE: "select",
    FieldType.CHOICES: "checklist",
    FieldType.URL: "link",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a field criterion asks about: a column of the contact or a custom field."""

    name: str
    label: Text
    kind: str
    icon: str
    labels: dict[str, str]


class FieldCriterion(Criterion):
    key: ClassVar = "field"
    label: ClassVar = gettext_lazy("Field")
    icon: ClassVar = "forms"
    rank: ClassVar = 10
    extras: ClassVar = frozenset({"op", "value"})

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        question = _question(workspace, node["field"])
        if question is None:
            raise RuleError(step(path, "field"), _("This field does not exist."))
        return _judged(question, node, path)

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return operators.sql(_place(node["field"]), node["op"], node.get("value"), now=now, zone=workspace.zone)

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return [f"field:{node['field']}", *([CLOCK] if node["op"] in operators.BY_THE_CLOCK else [])]

    def found(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql | None:
        place = _place(node["field"])
        return place.json or f"to_jsonb({place.text})", []

    def found_words(self, node: Node, value: Any, *, workspace: Workspace) -> str:
        question = _question(workspace, node["field"]) or _removed(node)
        return values.found_words(question.kind, value, labels=question.labels, zone=workspace.zone)

    def words(self, node: Node, *, workspace: Workspace) -> str:
        question = _question(workspace, node["field"]) or _removed(node)
        operator = operators.find(question.kind, node["op"]) or operators.EMPTY
        value = values.words(operator.takes, node.get("value"), labels=question.labels) if operator.takes else ""
        count = node.get("value") if operator.takes == "days" else 0
        return str(operator.words % {"field": values.isolated(question.label), "value": value, "count": count})

    @property
    def schema(self) -> dict[str, Any]:
        names = sorted({operator.name for kind in operators.BY_KIND.values() for operator in kind})
        return {
            "type": "object",
            "properties": {
                "field": {"type": "string", "pattern": f"^({'|'.join(STANDARD)}|f[1-9][0-9]*)$"},
                "op": {"enum": names},
                "value": {"type": ["string", "number", "boolean", "array"]},
            },
            "required": ["field", "op"],
            "additionalProperties": False,
        }

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        question = _question(workspace, node["field"])
        return str(question.label) if question else _("(removed)")

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        for name, (label, _kind, icon) in STANDARD.items():
            yield Choice(f"field:{name}", label, icon, _("Contact details"))
        for question in _custom(workspace).values():
            yield Choice(f"field:{question.name}", question.label, question.icon, _("Custom fields"))

    def what(self, node: Node) -> str:
        return f"field:{node['field']}"

    def icon_of(self, node: Node, *, workspace: Workspace) -> str:
        question = _question(workspace, node["field"])
        return question.icon if question else self.icon

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        question = _question(workspace, node["field"])
        if question is None:
            return []
        known = operators.BY_KIND[question.kind]
        chosen = operators.find(question.kind, node.get("op")) or known[0]
        offered = tuple(Option(operator.name, operator.label) for operator in known)
        menu = Control("op", "select", _("Comparison"), chosen.name, offered, redraws=True)
        return [menu, *values.controls(chosen.takes, node.get("value"), labels=question.labels)]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        question = _question(workspace, argument)
        if question is None:
            return {"field": argument}
        known = operators.BY_KIND[question.kind]
        operator = operators.find(question.kind, first(parts, "op")) or known[0]
        node: Node = {"field": argument, "op": operator.name}
        return node | {"value": values.draft(operator.takes, parts)} if operator.takes else node


def judge(node: Node, field: CustomField) -> Node:
    """A condition as it would be cleaned if its field were this one, saved or not. Raises RuleError."""
    return _judged(_asked(field), node, "")


def _judged(question: Question, node: Node, path: str) -> Node:
    operator = operators.find(question.kind, node.get("op"))
    if operator is None:
        known = ", ".join(known.name for known in operators.BY_KIND[question.kind])
        raise RuleError(step(path, "op"), _("For this field, “op” is one of: %(known)s.") % {"known": known})
    if not operator.takes:
        return {"field": question.name, "op": operator.name}
    value = values.clean(operator.takes, node.get("value"), labels=question.labels, path=step(path, "value"))
    return {"field": question.name, "op": operator.name, "value": value}


def _place(name: str) -> Place:
    if name in STANDARD:
        return comparing.column(name, is_moment=STANDARD[name][1] == "moment")
    return comparing.answer(int(name.removeprefix("f")))


def _question(workspace: Workspace, name: Any) -> Question | None:
    if not isinstance(name, str):
        return None
    if name in STANDARD:
        label, kind, icon = STANDARD[name]
        return Question(name, label, kind, icon, {})
    return _custom(workspace).get(name) if FIELD_KEY.fullmatch(name) else None


def _custom(workspace: Workspace) -> dict[str, Question]:
    return remember(
        ("fields", workspace.pk), lambda: {q.name: q for q in map(_asked, workspace.custom_fields.active())}
    )


def _asked(field: CustomField) -> Question:
    labels = {str(option["id"]): str(option["label"]) for option in field.options}
    kind, icon = KINDS[FieldType(field.type)], ICONS.get(FieldType(field.type), "forms")
    return Question(field.storage_key, field.label, kind, icon, labels)


def _removed(node: Node) -> Question:
    kind = next((kind for kind in operators.BY_KIND if operators.find(kind, node["op"])), "text")
    return Question(node["field"], _("(removed)"), kind, "forms", {})


class ListCriterion(Naming):
    key: ClassVar = "list"
    label: ClassVar = gettext_lazy("On the list")
    icon: ClassVar = "list"
    missing: ClassVar = gettext_lazy("This list does not exist.")
    names: ClassVar = "integer"

    def offered(self, workspace: Workspace) -> dict[Any, str]:
        lists = List.objects.filter(workspace=workspace, deleted_at=None)
        return remember(("lists", workspace.pk), lambda: {row.pk: row.name for row in lists})

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return (
            "EXISTS (SELECT 1 FROM crm_subscription s WHERE s.contact_id = c.id AND s.list_id = %s "
            "AND s.workspace_id = %s AND s.status = 'joined')",
            [node["list"], workspace.pk],
        )

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return [f"list:{node['list']}"]

    def found(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql | None:
        return (
            "(SELECT to_jsonb(s.status) FROM crm_subscription s WHERE s.contact_id = c.id AND s.list_id = %s "
            "AND s.workspace_id = %s)",
            [node["list"], workspace.pk],
        )

    def found_words(self, node: Node, value: Any, *, workspace: Workspace) -> str:
        return str(dict(Subscription.Status.choices).get(value, _("was never on the list")))

    def words(self, node: Node, *, workspace: Workspace) -> str:
        return _("who are on the list %(name)s") % {"name": values.isolated(self.label_of(node, workspace))}


class TagCriterion(Naming):
    """By name, as people speak of tags. Without regard to case."""

    key: ClassVar = "tag"
    label: ClassVar = gettext_lazy("Tag")
    icon: ClassVar = "tag"
    missing: ClassVar = gettext_lazy("This tag does not exist.")
    names: ClassVar = "string"

    def offered(self, workspace: Workspace) -> dict[Any, str]:
        tags = Tag.objects.filter(workspace=workspace)
        return remember(("tags", workspace.pk), lambda: {row.name: row.name for row in tags})

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        names = {name.lower(): name for name in self.offered(workspace)}
        asked = node["tag"]
        return super().clean(
            {"tag": names.get(asked.lower(), asked) if isinstance(asked, str) else asked},
            workspace=workspace,
            path=path,
        )

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return (
            "EXISTS (SELECT 1 FROM crm_contacttag x WHERE x.contact_id = c.id AND x.tag_id = "
            "(SELECT t.id FROM crm_tag t WHERE t.workspace_id = %s AND lower(t.name) = lower(%s)))",
            [workspace.pk, node["tag"]],
        )

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return [f"tag:{node['tag'].lower()}"]

    def words(self, node: Node, *, workspace: Workspace) -> str:
        return _("who have the tag %(name)s") % {"name": values.isolated(node["tag"])}


class KnownCriterion(Criterion):
    """Came by a personal link or belongs to a contact: whoever is a contact at all. The other half is `none` of it."""

    key: ClassVar = "known"
    label: ClassVar = gettext_lazy("Somebody we know")
    icon: ClassVar = "user-check"
    rank: ClassVar = 20
    never_null: ClassVar = True
    schema: ClassVar = {  # type: ignore[assignment]
        "type": "object",
        "properties": {"known": {"const": True}},
        "required": ["known"],
        "additionalProperties": False,
    }

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        if node["known"] is not True:
            raise RuleError(
                step(path, "known"), _("“known” is true; for those we do not know yet, put it under “none”.")
            )
        return {"known": True}

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return "(c.id IS NOT NULL)", []

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return []

    def words(self, node: Node, *, workspace: Workspace) -> str:
        return _("whom we know")

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        yield Choice("known", self.label, self.icon, _("Contact details"))

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        return {"known": True}


for criterion in (KnownCriterion(), FieldCriterion(), ListCriterion(), TagCriterion()):
    register(criterion)
