"""The tables of this app, by room."""

from crm.bulk.models import BulkAct, BulkRow
from crm.consent.models import Channel, Consent, Erasure, PendingConsent, SubjectRequest, Suppression
from crm.contacts.models import (
    Contact,
    ContactTag,
    CustomField,
    DuplicateSearch,
    DuplicateSuggestion,
    FieldGroup,
    Headcount,
    List,
    Subscription,
    Tag,
)
from crm.contacts.view_models import ListTaste, SavedView
from crm.files.models import File
from crm.imports.models import Import, ImportEffect, ImportPart, ImportRow
from crm.notes.models import Note, Task
from crm.outbox.models import OutboxMessage
from crm.segments.models import Segment, SegmentMember, SegmentSize
from crm.timeline.models import Event, EventCursor
from crm.visitors.models import IdentityEdge, Visitor
from crm.workspaces.models import ApiKey, AuditEntry, Invitation, KeptAnswer, Membership, User, Workspace

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
    "DuplicateSearch",
    "DuplicateSuggestion",
    "Erasure",
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
    "KeptAnswer",
    "List",
    "ListTaste",
    "Membership",
    "Note",
    "OutboxMessage",
    "PendingConsent",
    "SavedView",
    "Segment",
    "SegmentMember",
    "SegmentSize",
    "SubjectRequest",
    "Subscription",
    "Suppression",
    "Tag",
    "Task",
    "User",
    "Visitor",
    "Workspace",
]
