"""The tables of this app, by room."""

from crm.consent.models import Channel, Consent, Suppression
from crm.contacts.models import Contact, ContactTag, CustomField, FieldGroup, Headcount, List, Subscription, Tag
from crm.files.models import File
from crm.imports.models import Import, ImportEffect, ImportPart, ImportRow
from crm.notes.models import Note, Task
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
    "Event",
    "EventCursor",
    "FieldGroup",
    "File",
    "Headcount",
    "IdentityEdge",
    "Import",
    "ImportEffect",
    "ImportPart",
    "ImportRow",
    "Invitation",
    "List",
    "Membership",
    "Note",
    "OutboxMessage",
    "Segment",
    "SegmentMember",
    "Subscription",
    "Suppression",
    "Tag",
    "Task",
    "User",
    "Visitor",
    "Workspace",
]
