"""The tables of this app, by room."""

from crm.bulk.models import BulkAct, BulkRow
from crm.consent.models import Channel, Consent, Suppression
from crm.contacts.models import Contact, ContactTag, CustomField, FieldGroup, List, Subscription, Tag
from crm.contacts.view_models import ListTaste, SavedView
from crm.files.models import File
from crm.imports.models import Import, ImportEffect, ImportPart, ImportRow
from crm.outbox.models import OutboxMessage
from crm.segments.models import Segment, SegmentMember, SegmentSize
from crm.timeline.models import Event, EventCursor
from crm.visitors.models import IdentityEdge, Visitor
from crm.workspaces.models import ApiKey, AuditEntry, Invitation, Membership, User, Workspace

__all__ = [
    "ApiKey",
    "AuditEntry",
    "BulkAct",
    "BulkRow",
    "Channel",
    "Consent",
    "Contact",
    "ContactTag",
    "CustomField",
    "Event",
    "EventCursor",
    "FieldGroup",
    "File",
    "IdentityEdge",
    "Import",
    "ImportEffect",
    "ImportPart",
    "ImportRow",
    "Invitation",
    "List",
    "ListTaste",
    "Membership",
    "OutboxMessage",
    "SavedView",
    "Segment",
    "SegmentMember",
    "SegmentSize",
    "Subscription",
    "Suppression",
    "Tag",
    "User",
    "Visitor",
    "Workspace",
]
