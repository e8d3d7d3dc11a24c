"""On the card: of whom this contact was merged, with a way back."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crm.contacts import unmerging
from crm.contacts.card import register_panel
from crm.contacts.models import Contact
from crm.workspaces.http import MemberRequest


def draw(request: MemberRequest, contact: Contact) -> SafeString | str:
    """Nothing for a contact who was never merged."""
    merged = {row.pk: row for row in contact.merged_from.all()}
    if not merged:
        return ""
    acts = {act.subject_id: act for act in unmerging.acts_of([contact.pk, *merged])}
    rows = [(row, acts.get(pk)) for pk, row in merged.items()]
    return render_to_string("crm/contacts/_merged_panel.html", {"contact": contact, "rows": rows}, request=request)


register_panel("merged", draw, order=45)
