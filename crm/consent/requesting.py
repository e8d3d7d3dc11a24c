"""What people ask about their data on their own page: a matter for the owner, who decides; nothing happens by itself.

A link in a mail may have been forwarded, so whoever holds it may ask, and only the owner, who knows the person, gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.consent.models import SubjectRequest
from crm.contacts.models import Contact
from crm.timeline.recording import record
from crm.workspaces.home import Matter, register_matter
from crm.workspaces.http import MemberRequest


@transaction.atomic
def ask(contact: Contact, kind: str) -> SubjectRequest:
    """Opens a request; one of a kind is open at a time."""
    row, made = SubjectRequest.objects.get_or_create(
        contact=contact, kind=SubjectRequest.Kind(kind), done_at=None, defaults={"workspace_id": contact.workspace_id}
    )
    if made:
        record(contact.workspace_id, "privacy.requested", contact=contact, actor="contact", request=str(row.kind))
    return row


@transaction.atomic
def finish(request: SubjectRequest, actor: str) -> bool:
    """The owner dealt with it; says whether that was news."""
    rows = SubjectRequest.objects.filter(pk=request.pk, done_at=None)
    done = bool(rows.update(done_at=timezone.now(), done_by=actor[:40]))
    if done:
        record(request.workspace_id, "privacy.answered", contact=request.contact_id, actor=actor, request=request.kind)
    return done


def matters(request: MemberRequest) -> Iterable[Matter]:
    """For owners, for only they may take data out or erase it."""
    if not request.membership.may_manage:
        return
    rows = request.workspace.subject_requests.filter(done_at=None, contact__merged_into=None).select_related("contact")
    for row in rows[:3]:
        url = reverse("contacts:contact_card", kwargs={"workspace": request.workspace.slug, "pk": row.contact_id})
        words = {
            SubjectRequest.Kind.COPY: _("%(name)s asked for a copy of their data"),
            SubjectRequest.Kind.ERASURE: _("%(name)s asked for their data to be deleted"),
        }[SubjectRequest.Kind(row.kind)]
        evidence = _("On their page of preferences, %(day)s") % {
            "day": timezone.localtime(row.created_at).strftime("%d/%m/%Y")
        }
        yield Matter(
            "shield-lock", words % {"name": row.contact}, evidence, _("To the card"), url, tone="iris", order=20
        )


register_matter("subject requests", matters)
