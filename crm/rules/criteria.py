"""The words of the language. A room describes its own as a Criterion in its `criteria.py`, which its app imports at start."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from crm.rules.controls import Choice, Control, Parts
from crm.rules.faults import RuleError, Text, step
from crm.workspaces.models import Workspace

Node = dict[str, Any]
Sql = tuple[str, list[Any]]
CLOCK = "clock"  # the mark of a condition whose answer changes by itself as time passes


class Criterion:
    """One word. A node of it is `{key: ..., ...}`; it is false where the row lacks what it asks about.

    `sql` is a boolean over a row called `c` with the columns id, email, phone, first_name, last_name, values, source,
    created_at - all NULL for a stranger, `values` an object; it gets nodes that `clean` passed. `never_null` says that it
    is TRUE or FALSE and nothing else, which lets `none` become an anti-join. `words` completes "People ..." as a clause.
    """

    key: ClassVar[str]
    label: ClassVar[Text]
    icon: ClassVar[str] = "adjustments"
    extras: ClassVar[frozenset[str]] = frozenset()
    never_null: ClassVar[bool] = False
    rank: ClassVar[int] = 50  # its place in the builder's menu

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        """The node, normalised. Raises RuleError with the path of the fault."""
        raise NotImplementedError

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        raise NotImplementedError

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        """What a change of could change the answer: marks such as "field:f12", "list:3", "event:page.viewed", or CLOCK."""
        raise NotImplementedError

    def found(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql | None:
        """SQL of one jsonb over `c`: what the person has, for "why is this person in"; None where the answer says it."""
        return None

    def stands_for(self, node: Node, *, workspace: Workspace) -> Node | None:
        """The rule that a condition is short for, to be shown under it; None where it is its own."""
        return None

    def found_words(self, node: Node, value: Any, *, workspace: Workspace) -> str:
        """What `found` found, in the active language."""
        return ""

    def words(self, node: Node, *, workspace: Workspace) -> str:
        raise NotImplementedError

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        """What a condition asks about, in a word or two."""
        return str(self.label)

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of a node."""
        raise NotImplementedError

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        """Its lines of the builder's menu."""
        raise NotImplementedError

    def choices_within(self, argument: str, *, workspace: Workspace) -> Iterable[Choice]:
        """Its lines where a builder asks of one thing alone, such as the earlier questions of a survey; see Builder.menu."""
        return ()

    def what(self, node: Node) -> str:
        """Which line of the menu a node is; by default the criterion has a single one."""
        return self.key

    def icon_of(self, node: Node, *, workspace: Workspace) -> str:
        return self.icon

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        return []

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        """The node that a builder row says, perhaps unfinished. `argument` follows the colon of the menu's value."""
        raise NotImplementedError

    def refuse_extras(self, node: Node, *, path: str) -> None:
        for name in node:
            if name != self.key and name not in self.extras:
                raise RuleError(step(path, name), _("“%(word)s” is not part of this condition.") % {"word": name[:60]})


_criteria: dict[str, Criterion] = {}


def register(criterion: Criterion) -> None:
    if criterion.key in _criteria:
        raise ValueError(f"two criteria are called {criterion.key}")
    _criteria[criterion.key] = criterion


def every() -> list[Criterion]:
    return sorted(_criteria.values(), key=lambda criterion: criterion.rank)


def of(node: Node) -> Criterion | None:
    """The criterion a node speaks of; None when it has no known word."""
    return next((_criteria[key] for key in node if key in _criteria), None)


def named(key: str) -> Criterion | None:
    return _criteria.get(key)
