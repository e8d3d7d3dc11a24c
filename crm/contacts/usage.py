"""Where a custom field is used, or whatever else conditions name. Rooms above say so, and whoever is about to archive a field,
change its type or delete a score warns first.

`register_usage("segments", function)`: `function(subject)` yields a Use for each thing of the business that names the subject,
a CustomField or a Named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise

from crm.contacts.models import CustomField
from crm.workspaces.models import Workspace

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Named:
    """What conditions name besides fields: Named(workspace, "score", 12) is asked about by {"score": 12, ...}."""

    workspace: Workspace
    key: str
    pk: int

    @property
    def workspace_id(self) -> int:
        return self.workspace.pk

    @property
    def storage_key(self) -> str:
        """How it stands in the JSON of a rule, as a field does by its key."""
        return f'{self.key}": {self.pk}'


Subject = CustomField | Named


@dataclass(frozen=True, slots=True)
class Use:
    """`what` is the kind of thing ("Segment"), `name` its own name, `url` where it is changed; `conditions` are the rule's
    conditions that ask about the field, which a change of type must leave valid."""

    what: Text
    name: str
    url: str
    conditions: tuple[dict[str, Any], ...] = ()


Uses = Callable[[Subject], Iterable[Use]]
_usages: dict[str, Uses] = {}


def register_usage(name: str, uses: Uses) -> None:
    _usages[name] = uses


def uses_of(subject: Subject) -> list[Use]:
    return [use for uses in _usages.values() for use in uses(subject)]


def conditions_in(data: Any, subject: Subject) -> tuple[dict[str, Any], ...]:
    """The conditions about the subject in a rule, or anywhere in JSON that holds rules, such as the blocks of a page."""
    return tuple(_walk(data, subject))


def _walk(data: Any, subject: Subject) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        if _asks(data, subject):
            yield data
        else:
            for value in data.values():
                yield from _walk(value, subject)
    elif isinstance(data, list):
        for value in data:
            yield from _walk(value, subject)


def _asks(node: dict[str, Any], subject: Subject) -> bool:
    if isinstance(subject, Named):
        return bool(node.get(subject.key) == subject.pk)
    return node.get("field") == subject.storage_key and "op" in node


def naming(rows: QuerySet[Any], column: str, subject: Subject) -> QuerySet[Any]:
    """Those of `rows` whose JSON in `column` has the subject's key as a word: a rule, a question or a personal detail."""
    return rows.annotate(told=Cast(column, TextField())).filter(told__regex=rf"\m{subject.storage_key}\M")
