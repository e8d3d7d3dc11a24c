"""Consent on the card of a contact."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crm.consent.showing import standings
from crm.contacts.card import register_panel
from crm.contacts.models import Contact
from crm.workspaces.http import MemberRequest


def draw(request: MemberRequest, contact: Contact) -> SafeString:
    context = {"contact": contact, "standings": standings(contact)}
    return render_to_string("crm/consent/_panel.html", context, request=request)


def draw_requests(request: MemberRequest, contact: Contact) -> SafeString | str:
    """What the person asked about their data, for the owner to deal with."""
    rows = list(contact.subject_requests.filter(done_at=None)) if request.membership.may_manage else []
    if not rows:
        return ""
    return render_to_string("crm/consent/_requests.html", {"contact": contact, "requests": rows}, request=request)


register_panel("consent", draw, order=40)
register_panel("subject requests", draw_requests, order=35)
