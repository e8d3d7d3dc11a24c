"""What names a thing of the business: rooms above say so, and whoever deletes the thing is told.

`register_namer("automations", function)`: `function(workspace, kind, values)` yields the names of what speaks of it, such as
“Automation “Welcome””. `kind` is the word of the rule language and of events ("list", "tag", "segment", "mailing", "page",
"survey"); `values` are all by which it is called, a number or a name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from django.utils.translation import gettext as _

from crm.workspaces.models import Workspace

Values = Collection[int | str]
Namer = Callable[[Workspace, str, Values], Iterable[str]]
_namers: dict[str, Namer] = {}
SHOWN = 3


def register_namer(name: str, namer: Namer) -> None:
    _namers[name] = namer


def names_of(workspace: Workspace, kind: str, *values: int | str) -> list[str]:
    return [name for namer in _namers.values() for name in namer(workspace, kind, values)]


def with_warning(words: str, workspace: Workspace, kind: str, *values: int | str) -> str:
    """What was done, and who still speaks of what was deleted."""
    names = names_of(workspace, kind, *values)
    if not names:
        return words
    listed = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
    return f"{words} {_('It is still named by: %(names)s.') % {'names': listed}}"
