"""The word this room adds to the rule language: being in a segment. Its rule is written out where it is named."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.rules import interpreter, mentioning
from crm.rules.criteria import Node, Sql, register
from crm.rules.naming import Naming
from crm.rules.values import isolated
from crm.segments import nesting
from crm.workspaces.models import Workspace

MEMBERS = (
    "EXISTS (SELECT 1 FROM crm_segmentmember m WHERE m.contact_id = c.id AND m.segment_id = %s AND m.workspace_id = %s)"
)


class SegmentCriterion(Naming):
    key: ClassVar = "segment"
    label: ClassVar = gettext_lazy("In the segment")
    icon: ClassVar = "users-group"
    names: ClassVar = "integer"
    missing: ClassVar = gettext_lazy("This segment does not exist.")
    never_null: ClassVar = False

    def offered(self, workspace: Workspace) -> dict[Any, str]:
        return {pk: segment.name for pk, segment in nesting.segments_of(workspace).items()}

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        cleaned = super().clean(node, workspace=workspace, path=path)
        nesting.check(cleaned, workspace)
        return cleaned

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        """A segment that was deleted since holds nobody."""
        segment = nesting.segments_of(workspace).get(node["segment"])
        if segment is None:
            return "FALSE", []
        if segment.is_fixed:
            return MEMBERS, [segment.pk, workspace.pk]
        with nesting.reading(segment.pk) as is_new:
            return interpreter.where(segment.rule, workspace, now=now) if is_new else ("FALSE", [])

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        """What the named segment's own conditions mention, and the segment itself, whose conditions may be edited."""
        segment = nesting.segments_of(workspace).get(node["segment"])
        inner = mentioning.marks_of({} if segment is None or segment.is_fixed else segment.rule, workspace)
        return {f"segment:{node['segment']}", *inner}

    def stands_for(self, node: Node, *, workspace: Workspace) -> Node | None:
        segment = nesting.segments_of(workspace).get(node["segment"])
        return segment.rule if segment is not None and not segment.is_fixed else None

    def words(self, node: Node, *, workspace: Workspace) -> str:
        return _("who are in the segment %(name)s") % {"name": isolated(self.label_of(node, workspace))}


register(SegmentCriterion())
