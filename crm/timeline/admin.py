"""What operators see of this room: the log as it is, and how far its consumers have read."""

from __future__ import annotations

from django.contrib import admin

from crm.timeline.models import Event, EventCursor
from crm.workspaces.admin import ReadOnly


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = (
        "occurred_at",
        "kind",
        "subject_label",
        "contact_id",
        "visitor_id",
        "actor",
        "verdict",
        "workspace_id",
    )
    list_filter = ("verdict",)
    search_fields = ("=kind", "=contact__id", "=visitor__id")
    search_help_text = "A kind, or the number of a contact or visitor"
    fields = (
        *(
            "kind",
            "occurred_at",
            "workspace_id",
            "contact_id",
            "visitor_id",
            "subject_type",
            "subject_id",
            "subject_label",
        ),
        *("source", "medium", "campaign", "value", "currency", "properties", "actor", "verdict", "verdict_reason"),
        *("recorded_at", "xid"),
    )
    readonly_fields = fields
    ordering = ("-id",)
    show_full_result_count = False
    list_per_page = 50


@admin.register(EventCursor)
class EventCursorAdmin(ReadOnly):
    list_display = ("name", "xid", "event_id")
