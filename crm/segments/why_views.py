"""Why a person is in a segment or not: the search for a person, the marked tree, and the panel on the contact's card."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from crm.contacts.card import register_panel
from crm.contacts.models import Contact
from crm.contacts.searching import Search
from crm.rules.explaining import explain
from crm.rules.remembering import remembering
from crm.segments import listing
from crm.segments.models import Segment, SegmentMember
from crm.workspaces.http import MemberRequest, reader, wants_part

FOUND = 8


def _segment(request: MemberRequest, pk: int) -> Segment:
    segments = Segment.objects.filter(workspace=request.workspace, deleted_at=None)
    return get_object_or_404(segments.select_related("workspace"), pk=pk)


@require_GET
@reader
def segment_why(request: MemberRequest, pk: int) -> HttpResponse:
    """`?q=` looks for somebody to ask about."""
    segment, search = _segment(request, pk), Search.of(request.workspace, request.GET)
    people = list(search.people()[: FOUND + 1]) if search.words else []
    inside = SegmentMember.objects.filter(segment=segment, contact__in=people).values_list("contact", flat=True)
    context = {"segment": segment, "q": search.words, "people": people[:FOUND], "is_more": len(people) > FOUND}
    context |= {"inside": set(inside) if segment.is_settled else set(), "is_settled": segment.is_settled}
    name = "_why_people" if wants_part(request) else "segment_why"
    return render(request, f"crm/segments/{name}.html", context)


@require_GET
@reader
def segment_why_person(request: MemberRequest, pk: int, contact_pk: int) -> HttpResponse:
    segment = _segment(request, pk)
    everybody = Contact.objects.filter(workspace=request.workspace).alive()
    contact = get_object_or_404(everybody, pk=contact_pk)
    with remembering():
        row = listing.Row(segment, listing.reading_of(segment, request.workspace), None)
        rule = {"all": [{"segment": segment.pk}]} if segment.is_fixed else segment.rule
        mark = explain(rule, request.workspace, contact.pk)
    since = SegmentMember.objects.filter(segment=segment, contact=contact).first()
    context = {"segment": segment, "contact": contact, "row": row, "mark": mark, "since": since}
    return render(request, "crm/segments/segment_why_person.html", context)


def panel(request: MemberRequest, contact: Contact) -> SafeString:
    """The segments that the contact is in, as they are kept."""
    rows = SegmentMember.objects.filter(workspace=request.workspace, contact=contact, segment__deleted_at=None)
    members = list(rows.select_related("segment").order_by("segment__name"))
    return render_to_string("crm/segments/_card_panel.html", {"contact": contact, "members": members}, request=request)


register_panel("segments", panel, order=55)
