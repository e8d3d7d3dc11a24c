"""The builder: what its templates draw of a rule that is being made.

    builder = Builder(request.workspace, segment.rule)        {% include "crm/rules/_builder.html" %}

`rule` may be unfinished or broken; `compact` fits a panel of 312 px; without `live_count` nobody is counted. `menu`, as
"answer:7-12", offers only what the criterion of that name has within that argument, instead of the whole language.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.rules import counting, criteria, drafting, reading
from crm.rules.controls import Choice, Control
from crm.rules.counting import Counts
from crm.rules.criteria import Node
from crm.rules.drafting import ROOT
from crm.rules.faults import RuleError, Text
from crm.rules.grammar import MAX_DEPTH, clean, conditions, group_of
from crm.rules.remembering import remember, remembering
from crm.workspaces.models import Workspace


@dataclass(slots=True)
class Row:
    """A condition: its line of the menu, its controls, how many people it holds for alone."""

    place: str
    prefix: str
    what: str
    icon: str
    controls: list[Control]
    choices: list[tuple[Text, list[Choice]]]
    count: int | None
    fault: str = ""
    missing: str = ""  # what it asks, when the menu does not offer that any more


@dataclass(slots=True)
class Group:
    """`members` are drawn inside; `outside`, of the root only, are the exceptions drawn below it."""

    place: str
    prefix: str
    how: str
    members: list[Row | Group] = field(default_factory=list)
    outside: list[Group] = field(default_factory=list)
    is_exception: bool = False
    may_nest: bool = True
    fault: str = ""

    @property
    def is_root(self) -> bool:
        return self.place == ROOT

    @property
    def is_group(self) -> bool:
        return True


class Builder:
    def __init__(
        self,
        workspace: Workspace,
        rule: Any,
        *,
        name: str = "rule",
        live_count: bool = True,
        compact: bool = False,
        menu: str = "",
        error: RuleError | None = None,
    ) -> None:
        self.workspace, self.name, self.live_count, self.compact, self.error = (
            workspace,
            name,
            live_count,
            compact,
            error,
        )
        self.menu = menu
        self.acted = False  # after a button of the builder the focus goes to what it made
        self.tree = drafting.opened(rule)
        with remembering():
            self._understand()
            self.root = self._group(self.tree, ROOT)

    @property
    def url(self) -> str:
        return reverse("rules:builder", kwargs={"workspace": self.workspace.slug})

    @property
    def json(self) -> str:
        return json.dumps(self.tree, ensure_ascii=False)

    @property
    def options(self) -> str:
        """What every request of the builder carries besides its controls."""
        kept = {"builder": self.name, "compact": int(self.compact), "live": int(self.live_count)}
        return json.dumps(kept | ({"menu": self.menu} if self.menu else {}))

    @cached_property
    def reading(self) -> SafeString:
        return reading.marked(reading.read(self.rule, self.workspace))

    @property
    def is_unfinished(self) -> bool:
        return len(conditions(self.rule)) < sum(1 for _place, leaf in drafting.leaves(self.tree) if leaf)

    @cached_property
    def steps(self) -> list[tuple[str, int]]:
        """How the conditions narrow the people down, one member of the root after the other: (in short, left)."""
        if self.counts is None or not self.counts.steps:
            return []
        return list(zip(map(self._short, counting.narrowing(self.rule)), self.counts.steps, strict=True))

    @property
    def has_unchosen(self) -> bool:
        return any(not leaf for _place, leaf in drafting.leaves(self.tree))

    @property
    def widest(self) -> int:
        return max([1, *(left for _words, left in self.steps)])

    @property
    def reached(self) -> list[str]:
        """How many of the people each channel reaches, in words."""
        counted = self.counts.reached if self.counts else []
        return [str(words) % {"count": number_format(count, force_grouping=True)} for words, count in counted if count]

    @property
    def rows(self) -> Iterator[Row]:
        return _rows(self.root)

    def _understand(self) -> None:
        """Sets the clean rule of what is finished, each condition's fault, and the counts."""
        faults = {place: drafting.fault(leaf, self.workspace) for place, leaf in drafting.leaves(self.tree) if leaf}
        self.rule: Node = {}
        self.whole_fault = ""
        try:
            self.rule = clean(drafting.finished(self.tree, self.workspace), self.workspace)
        except RuleError as error:
            self.whole_fault = str(error.messages[0])
        self.counts: Counts | None = None
        counted = [(place, leaf) for place, leaf in drafting.leaves(self.tree) if leaf and faults[place] is None]
        if self.live_count and not self.whole_fault:
            cleaned = [clean({"all": [leaf]}, self.workspace) for _place, leaf in counted]
            self.counts = counting.tally(self.workspace, self.rule, cleaned)
        each = self.counts.each if self.counts else [None] * len(counted)
        self._count_of: dict[str, int | None] = {place: n for (place, _leaf), n in zip(counted, each, strict=True)}
        self._fault_at: dict[str, str] = {}
        if self.error is not None:
            place = drafting.place_of(self.tree, self.error.path)
            self._fault_at = {pl: str(fault.messages[0]) for pl, fault in faults.items() if fault is not None}
            self._fault_at.setdefault(place, str(self.error.messages[0]))

    def _group(self, node: Node, place: str, *, depth: int = 1, is_exception: bool = False) -> Group:
        how = str(group_of(node))
        group = Group(place, f"{self.name}-{place}", how, is_exception=is_exception, may_nest=depth < MAX_DEPTH)
        group.fault = self._fault_at.get(place, "") or (self.whole_fault if place == ROOT else "")
        for position, member in enumerate(node[how]):
            inner = drafting.inner(place, position)
            if group_of(member) is None:
                group.members.append(self._row(member, inner))
                continue
            is_outside = place == ROOT and how == "all" and "none" in member
            part = self._group(member, inner, depth=depth + 1, is_exception=is_outside)
            (group.outside if is_outside else group.members).append(part)
        return group

    def _row(self, node: Node, place: str) -> Row:
        criterion = criteria.of(node)
        prefix, fault = f"{self.name}-{place}", self._fault_at.get(place, "")
        if criterion is None:
            return Row(place, prefix, "", "adjustments", [], self._choices(), None, fault)
        what = criterion.what(node)
        offered = {choice.value for _heading, lines in self._choices() for choice in lines}
        return Row(
            place,
            prefix,
            what,
            criterion.icon_of(node, workspace=self.workspace),
            criterion.controls(node, workspace=self.workspace),
            self._choices(),
            self._count_of.get(place),
            fault,
            missing="" if what in offered else criterion.in_short(node, workspace=self.workspace),
        )

    def _choices(self) -> list[tuple[Text, list[Choice]]]:
        return remember(("choices", self.workspace.pk, self.menu), lambda: _grouped(self.workspace, self.menu))

    def _short(self, node: Node) -> str:
        """A member of the root in few words, for the side."""
        group = group_of(node)
        if group is not None:
            inner = (_(" or ") if group != "all" else _(" and ")).join(self._short(member) for member in node[group])
            return _("without %(whom)s") % {"whom": inner} if group == "none" else inner
        criterion = criteria.of(node)
        return criterion.in_short(node, workspace=self.workspace) if criterion else _("(removed)")


def _rows(group: Group) -> Iterator[Row]:
    for member in [*group.members, *group.outside]:
        if isinstance(member, Row):
            yield member
        else:
            yield from _rows(member)


def _offered(workspace: Workspace, menu: str) -> list[Choice]:
    if not menu:
        return [choice for criterion in criteria.every() for choice in criterion.choices(workspace)]
    key, _colon, argument = menu.partition(":")
    only = criteria.named(key)
    return list(only.choices_within(argument, workspace=workspace)) if only else []


def _grouped(workspace: Workspace, menu: str) -> list[tuple[Text, list[Choice]]]:
    """The menu: choices under their headings, headings in the order in which they first come."""
    choices = _offered(workspace, menu)
    order = {str(heading): position for position, heading in enumerate(dict.fromkeys(str(c.group) for c in choices))}
    choices.sort(key=lambda choice: order[str(choice.group)])
    return [(heading, list(lines)) for heading, lines in groupby(choices, key=lambda choice: str(choice.group))]
