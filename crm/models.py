"""The tables of this app, by room."""

from crm.consent.models import Channel, Consent, Erasure, PendingConsent, SubjectRequest, Suppression
from crm.contacts.models import (
    Contact,
    ContactTag,
    CustomField,
    DuplicateSearch,
    DuplicateSuggestion,
    List,
    Subscription,
    Tag,
)
from crm.files.models import File
from crm.outbox.models import OutboxMessage
from crm.segments.models import Segment, SegmentMember
from crm.timeline.models import Event, EventCursor
from crm.visitors.models import IdentityEdge, Visitor
from crm.workspaces.models import ApiKey, AuditEntry, Invitation, Membership, User, Workspace

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Channel",
    "Consent",
    "Contact",
    "ContactTag",
    "CustomField",
    "DuplicateSearch",
    "DuplicateSuggestion",
    "Erasure",
    "Event",
    "EventCursor",
    "File",
    "IdentityEdge",
    "Invitation",
    "List",
    "Membership",
    "OutboxMessage",
    "PendingConsent",
    "Segment",
    "SegmentMember",
    "SubjectRequest",
    "Subscription",
    "Suppression",
    "Tag",
    "User",
    "Visitor",
    "Workspace",
]
