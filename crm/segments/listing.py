"""Segments as rows of a list: each with its reading and how many are in it.

What is kept is read; fixed segments, and those not worked out yet, are counted in one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.rules import counting, reading
from crm.rules.criteria import Node
from crm.rules.remembering import remembering
from crm.segments.models import Segment
from crm.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Row:
    """`count` is None where counting takes too long just now."""

    segment: Segment
    reading: SafeString | str
    count: int | None

    @property
    def as_rule(self) -> Node:
        return as_rule(self.segment)


def rows(workspace: Workspace, segments: Sequence[Segment]) -> list[Row]:
    with remembering():
        asked = [segment for segment in segments if segment.is_fixed or not segment.is_settled]
        counts = counting.count_each(workspace, [{"segment": segment.pk} for segment in asked])
        counted = dict(zip((segment.pk for segment in asked), counts, strict=True))
        return [
            Row(segment, reading_of(segment, workspace), counted.get(segment.pk, segment.size)) for segment in segments
        ]


def as_rule(segment: Segment) -> Node:
    """The rule of being in it."""
    return {"all": [{"segment": segment.pk}]}


def reading_of(segment: Segment, workspace: Workspace) -> SafeString | str:
    if segment.is_fixed:
        return _("A fixed segment: these people were saved from a report, and stay whoever they are.")
    return reading.marked(reading.read(segment.rule, workspace))
