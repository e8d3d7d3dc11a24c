"""What a rule depends on, so that whoever keeps an answer knows when to ask again.

A mark says one thing that may change: "field:f12", "list:3", "tag:vip", "consent:email", "event:page.viewed", "segment:5", and
CLOCK for what changes by itself. Events say which marks they touch (kinds.touched); a definition that changes under everybody's
rules without an event of anybody's, such as a tag that is renamed or deleted, is told by `redefined`.
"""

from __future__ import annotations

from collections.abc import Callable

from crm.rules import criteria
from crm.rules.criteria import Node
from crm.rules.grammar import conditions
from crm.rules.remembering import remembering
from crm.workspaces.models import Workspace

Keeper = Callable[[Workspace, str], object]
_keepers: list[Keeper] = []


def marks_of(rule: Node, workspace: Workspace) -> frozenset[str]:
    """The marks of a clean rule; with those of the segments it names."""
    marks: set[str] = set()
    with remembering():
        for node in conditions(rule):
            criterion = criteria.of(node)
            marks.update(criterion.mentions(node, workspace=workspace) if criterion else ())
    return frozenset(marks)


def register_keeper(keeper: Keeper) -> None:
    """`keeper(workspace, mark)` is called in the transaction of a redefinition; a mark that ends in ":" means all such."""
    _keepers.append(keeper)


def redefined(workspace: Workspace, mark: str) -> None:
    """Call in the verb's transaction: what `mark` means has changed for everybody, and no event of theirs tells it."""
    for keeper in _keepers:
        keeper(workspace, mark)
