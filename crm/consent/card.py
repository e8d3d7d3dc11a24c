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


register_panel("consent", draw, order=40)
