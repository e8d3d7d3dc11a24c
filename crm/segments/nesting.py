"""Segments that name segments: following the names, and refusing circles and rules that would grow without end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.translation import gettext as _

from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.rules.grammar import conditions
from crm.rules.remembering import remember
from crm.segments.models import Segment
from crm.workspaces.models import Workspace

MAX_EXPANDED = 300  # conditions of a rule with those of every segment it names, each as often as it is named
Rules = Mapping[int, Node]
_open: ContextVar[tuple[int, ...]] = ContextVar("segments_being_read", default=())


def segments_of(workspace: Workspace) -> dict[int, Segment]:
    """The business's segments by id; read once while a screen is drawn."""
    rows = Segment.objects.filter(workspace=workspace, deleted_at=None)
    return remember(("segments", workspace.pk), lambda: {segment.pk: segment for segment in rows})


@contextmanager
def reading(segment_id: int) -> Iterator[bool]:
    """False when this segment is already being read further out: two edits at once may have closed a circle."""
    outer = _open.get()
    token = _open.set((*outer, segment_id))
    try:
        yield segment_id not in outer
    finally:
        _open.reset(token)


def named_in(rule: Node) -> list[int]:
    return [condition["segment"] for condition in conditions(rule) if "segment" in condition]


def naming(segment: Segment) -> list[int]:
    """The segments whose answer depends on this one, through others too."""
    rules = {pk: row.rule for pk, row in segments_of(segment.workspace).items()}
    found, fresh = set[int](), {segment.pk}
    while fresh:
        fresh = {pk for pk, rule in rules.items() if fresh & set(named_in(rule))} - found
        found |= fresh
    return sorted(found - {segment.pk})


def size(rule: Node, rules: Rules, *, above: tuple[int, ...] = ()) -> int:
    """How many conditions a rule has once its segments are written out. Raises RecursionError for a circle."""
    total = 0
    for condition in conditions(rule):
        named = condition.get("segment")
        if named in above:
            raise RecursionError
        total += size(rules.get(named, {}), rules, above=(*above, named)) if named is not None else 1
        if total > MAX_EXPANDED:
            return total
    return total


def check(rule: Node, workspace: Workspace, *, segment: Segment | None = None) -> None:
    """Refuses a circle through `segment`, and a rule that would make it or a segment that names it grow too large."""
    rules = {pk: row.rule for pk, row in segments_of(workspace).items() if not row.is_fixed}
    above = (segment.pk,) if segment is not None and segment.pk else ()
    try:
        sizes = [size(rule, rules, above=above)]
        if above:
            rules[above[0]] = rule
            sizes += [size(other, rules, above=(pk,)) for pk, other in rules.items()]
    except RecursionError:
        raise RuleError("", _("A segment cannot depend on itself, not even through another segment.")) from None
    if max(sizes) > MAX_EXPANDED:
        raise RuleError("", _("Together with the segments it names, this is too long."))
