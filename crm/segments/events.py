"""The kinds of event this room records: by SQL, in the statement that changes the membership (refreshing)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from crm.segments.models import Segment
from crm.timeline import kinds
from crm.timeline.kinds import Kind
from crm.workspaces.models import Workspace


def segments(workspace: Workspace) -> Iterable[tuple[int, str]]:
    living = Segment.objects.filter(workspace=workspace, deleted_at=None, is_fixed=False)
    return living.order_by("name").values_list("pk", "name")


kinds.register(
    Kind(
        "segment.entered",
        label=_("Entered a segment"),
        sentence=_("Entered the segment %(subject)s"),
        icon="users-group",
        tone="leaf",
        subject_type="segment",
        subjects=segments,
        link="segments:segment_people",
    ),
    Kind(
        "segment.left",
        label=_("Left a segment"),
        sentence=_("Left the segment %(subject)s"),
        icon="users-group",
        subject_type="segment",
        subjects=segments,
        link="segments:segment_people",
    ),
)
