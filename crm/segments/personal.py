"""Fixed segments and a person: what is told of them; and a duplicate's place goes to whom it was merged into."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from crm.contacts.disclosing import Section, register_discloser
from crm.contacts.erasing import register_eraser
from crm.contacts.merging import register_merger
from crm.contacts.models import Contact
from crm.segments.models import SegmentMember
from crm.workspaces.models import Workspace

COVERED = ["crm.SegmentMember.contact"]


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    found = SegmentMember.objects.filter(workspace=workspace, contact__in=ids, segment__deleted_at=None)
    names = found.order_by("segment__name").values_list("segment__name", flat=True).distinct()
    yield Section("segments", _("Segments"), (("segment", _("Segment")),), [{"segment": name} for name in names])


def merge(winner: Contact, loser: Contact) -> list[int]:
    """The winner takes the loser's place in fixed segments; returns the segments they were not in."""
    had = list(SegmentMember.objects.filter(contact=winner).values_list("segment_id", flat=True))
    fixed = SegmentMember.objects.filter(contact=loser, segment__is_fixed=True).exclude(segment_id__in=had)
    ids = list(fixed.values_list("segment_id", flat=True))
    SegmentMember.objects.bulk_create(
        [SegmentMember(workspace_id=winner.workspace_id, segment_id=pk, contact=winner) for pk in ids]
    )
    return ids


def unmerge(winner: Contact, loser: Contact, memo: Any) -> None:
    SegmentMember.objects.filter(contact=winner, segment_id__in=memo or [], segment__is_fixed=True).delete()


def erase(contact: Contact) -> None:
    SegmentMember.objects.filter(contact=contact).delete()


register_discloser("segments", tell, covers=COVERED, order=40)
register_merger("segments", merge, unmerge, covers=COVERED)
register_eraser("segments", erase, covers=COVERED)
