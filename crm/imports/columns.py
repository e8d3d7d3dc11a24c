"""The table of the mapping screen: one line for each column of the file, drawn from a plan and read back from a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from crm.contacts.models import CustomField, FieldType
from crm.imports.mapping import Suggestion
from crm.imports.planning import APPENDED
from crm.workspaces.models import Workspace

NEW = "new"
NO_POLICY = frozenset({"ignore", "tags", "lists", "consent", "left", "consent_at", "created_at", NEW})
Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass(slots=True)
class Line:
    """One column. `target` is of a plan, or "new" with `label` and `type` of the field to be made."""

    place: int
    title: str
    samples: list[str]
    target: str
    policy: str
    label: str
    type: str
    type_words: str
    may_append: bool = False
    is_folded: bool = False  # says nothing of people: empty, or about the system that wrote the file
    errors: list[str] = field(default_factory=list)

    @property
    def is_ignored(self) -> bool:
        return self.target == "ignore"

    @property
    def is_new(self) -> bool:
        return self.target == NEW

    @property
    def has_policy(self) -> bool:
        """Whether it matters what happens to what is already known."""
        return self.target not in NO_POLICY

    def as_plan(self, options: Sequence[str] = ()) -> dict[str, Any]:
        if not self.is_new:
            return {"target": self.target, "policy": self.policy}
        return {"target": {"label": self.label, "type": self.type, "options": list(options)}, "policy": "overwrite"}


def target_choices(workspace: Workspace) -> Choices:
    """What a column may become, in groups."""
    fields = [(one.storage_key, one.label) for one in workspace.custom_fields.active()]
    person = [
        *(
            ("email", _("E-mail")),
            ("phone", _("Mobile")),
            ("first_name", _("First name")),
            ("last_name", _("Last name")),
        ),
        *(("full_name", _("Full name")), ("source", _("Source")), ("created_at", _("Joined on"))),
    ]
    groups = [("tags", _("Tags")), ("lists", _("Names of lists"))]
    consent = [("consent", _("Agreed to mailings?")), ("left", _("Asked to be removed?"))]
    consent += [("consent_at", _("When they agreed"))]
    found = [(_("The person"), person), (_("Lists and tags"), groups), (_("Consent to mailings"), consent)]
    return [*found, (_("Custom fields"), fields)] if fields else found


def lines_of(
    titles: Sequence[str], suggestion: Suggestion, fields: Sequence[CustomField], plan: Mapping[str, Any]
) -> list[Line]:
    """The lines of a plan."""
    return [
        _line(place, title, suggestion, fields, {"target": column["target"], "policy": column["policy"]})
        for place, (title, column) in enumerate(zip(titles, plan["columns"], strict=True))
    ]


def lines_from(
    titles: Sequence[str], suggestion: Suggestion, fields: Sequence[CustomField], said: Mapping[str, Any]
) -> list[Line]:
    """The lines of a form: target_3, policy_3, label_3, type_3. Words nobody offers stay, for the verb to refuse."""
    names = ("target", "policy", "label", "type")
    return [
        _line(
            place,
            title,
            suggestion,
            fields,
            {name: said[f"{name}_{place}"] for name in names if f"{name}_{place}" in said},
        )
        for place, title in enumerate(titles)
    ]


def _line(
    place: int, title: str, suggestion: Suggestion, fields: Sequence[CustomField], said: Mapping[str, Any]
) -> Line:
    new = suggestion.new[place] | {name: said[name] for name in ("label", "type") if said.get(name)}
    target, appended = str(said.get("target", "ignore")), {one.storage_key for one in fields if one.type in APPENDED}
    words = dict(FieldType.choices)
    return Line(
        place=place,
        title=title,
        samples=suggestion.samples[place],
        target=target,
        policy=str(said.get("policy", "overwrite")),
        label=new["label"],
        type=new["type"],
        type_words=str(words.get(suggestion.new[place]["type"], "")),
        may_append=target in appended,
        is_folded=place in suggestion.folded,
    )


def put_errors(lines: Sequence[Line], faults: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Gives every line its faults ("columns.2.target"); returns the others."""
    rest: dict[str, list[str]] = {}
    for where, messages in faults.items():
        place = where.split(".")[1] if where.startswith("columns.") else ""
        if place.isdigit() and int(place) < len(lines):
            lines[int(place)].errors += messages
        else:
            rest[where] = list(messages)
    return rest


def unused(lines: Sequence[Line]) -> Iterator[Line]:
    """Columns that hold something of people and go nowhere."""
    return (line for line in lines if line.is_ignored and not line.is_folded)
