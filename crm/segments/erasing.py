"""An erased person leaves their segments without a word: nobody is left for an event to be about."""

from __future__ import annotations

from django.db.models import F

from crm.contacts.erasing import register_eraser
from crm.contacts.models import Contact
from crm.segments.models import Segment, SegmentMember


def erase(contact: Contact) -> None:
    """Segments are taken by number, as those who follow the log take them, so that neither waits for the other for ever."""
    rows = SegmentMember.objects.filter(workspace=contact.workspace_id, contact=contact)
    ids = list(rows.filter(segment__is_fixed=False).values_list("segment", flat=True))
    held = Segment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    Segment.objects.filter(pk__in=[segment.pk for segment in held]).update(size=F("size") - 1)
    rows.delete()


register_eraser("segments", erase)
