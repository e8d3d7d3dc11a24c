"""Whose browser this is. An unbound visitor may be bound; a bound one never changes hands.

Where another known person shows up on a device, a new epoch (a new visitor) starts there, so that no cookie ever joins two
people. A visitor is made only where the person agreed to browsing being followed; without it everything works but memory.

Anybody can type anybody's address into a form, so a form that names a person we knew already is only a claim: it attributes
what the browser does, and never makes a page speak to it by that person's name. A personal link does, and so does the form that
made the contact, because all it can tell is what was just typed.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest

from crm.consent.granting import state
from crm.consent.models import Channel
from crm.contacts.models import Contact
from crm.timeline.models import Verdict
from crm.timeline.recording import record
from crm.visitors.cookies import living, visitor_of
from crm.visitors.models import IdentityEdge, Visitor
from crm.visitors.robots import device
from crm.workspaces.models import Workspace

FORM_STRENGTH, LINK_STRENGTH, FORWARDED_STRENGTH, CLAIM_STRENGTH = 80, 50, 20, 10
Source = IdentityEdge.Source


@dataclass(frozen=True, slots=True)
class Arrival:
    """`visitor` is None where browsing may not be followed; otherwise the caller does `cookies.remember(response, visitor)`.
    `forwarded`: the device is someone else's, as far as we know."""

    visitor: Visitor | None
    forwarded: bool


@transaction.atomic
def arrive_by_link(
    request: HttpRequest, workspace: Workspace, contact: Contact, *, delivery_id: int | None = None, verdict: str
) -> Arrival:
    """Someone opened this contact's personal link. Robots bind nothing; nor does a HEAD."""
    visitor = visitor_of(request, workspace)
    if verdict == Verdict.ROBOT or request.method == "HEAD":
        return Arrival(visitor, forwarded=False)
    if visitor is None:
        if state(contact, Channel.TRACKING) != "granted":
            return Arrival(None, forwarded=False)
        visitor = new_visitor(request, workspace)
    bound = _bind(visitor, contact, source=Source.PERSONAL_LINK, strength=LINK_STRENGTH)
    if bound.contact_id == contact.pk:
        return Arrival(visitor, forwarded=False)
    record(workspace, "link.forwarded", contact=contact, visitor=visitor, delivery=delivery_id, verdict=verdict)
    return Arrival(_new_epoch(visitor, contact, Source.PERSONAL_LINK, FORWARDED_STRENGTH), forwarded=True)


@transaction.atomic
def identify_by_form(visitor: Visitor, contact: Contact, *, is_new: bool) -> Visitor:
    """Someone said who they are; `is_new` where this form made the contact, otherwise it is a claim. Returns the visitor to
    remember: the same, or a new epoch where it was another's."""
    strength = FORM_STRENGTH if is_new else CLAIM_STRENGTH
    bound = _bind(visitor, contact, source=Source.FORM, strength=strength)
    if bound.contact_id == contact.pk:
        return visitor
    return _new_epoch(visitor, contact, Source.FORM, strength)


def contact_of(visitor: Visitor | None) -> Contact | None:
    """The living contact whose acts this visitor's are."""
    return _living_of(IdentityEdge.objects.filter(visitor=visitor).first()) if visitor else None


def proven_contact_of(visitor: Visitor | None) -> Contact | None:
    """The living contact whom this visitor may be told it is: one with more behind it than a claim."""
    proven = IdentityEdge.objects.filter(strength__gt=CLAIM_STRENGTH)
    return _living_of(proven.filter(visitor=visitor).first()) if visitor else None


def _living_of(edge: IdentityEdge | None) -> Contact | None:
    return living(edge.workspace, edge.contact_id) if edge else None


def new_visitor(request: HttpRequest, workspace: Workspace) -> Visitor:
    """For a browser whose person agreed to be followed, and for no other."""
    return Visitor.objects.create(workspace=workspace, device=device(request.headers))


def _bind(visitor: Visitor, contact: Contact, *, source: str, strength: int) -> IdentityEdge:
    """The visitor's edge, made now if there was none. The unique index decides between two that come at once."""
    fields = {"workspace_id": visitor.workspace_id, "contact": contact, "source": source, "strength": strength}
    edge, made = IdentityEdge.objects.get_or_create(visitor=visitor, defaults=fields)
    if made:
        record(visitor.workspace_id, "visitor.recognised", contact=contact, visitor=visitor, actor="system")
    elif edge.contact_id == contact.pk and edge.strength < strength:
        IdentityEdge.objects.filter(pk=edge.pk).update(source=source, strength=strength)
    return edge


def _new_epoch(visitor: Visitor, contact: Contact, source: str, strength: int) -> Visitor:
    epoch = Visitor.objects.create(workspace_id=visitor.workspace_id, device=visitor.device)
    _bind(epoch, contact, source=source, strength=strength)
    return epoch
