"""What operators see of this room: browsers, and whose each is thought to be."""

from __future__ import annotations

from django.contrib import admin

from crm.visitors.models import IdentityEdge, Visitor
from crm.workspaces.admin import ReadOnly


@admin.register(Visitor)
class VisitorAdmin(ReadOnly):
    list_display = ("id", "workspace", "device", "created_at")
    list_select_related = ("workspace",)
    list_filter = ("workspace", "device")
    search_fields = ("=id",)
    exclude = ("key",)  # it is what the cookie carries
    show_full_result_count = False


@admin.register(IdentityEdge)
class IdentityEdgeAdmin(ReadOnly):
    list_display = ("visitor_id", "contact", "workspace", "source", "strength", "created_at")
    list_select_related = ("contact", "workspace")
    list_filter = ("workspace", "source")
    search_fields = ("=visitor__id", "=contact__id", "contact__email")
    show_full_result_count = False
