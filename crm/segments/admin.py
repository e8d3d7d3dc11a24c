"""What operators see of this room. Changed only by verbs, so nothing here can be changed."""

from __future__ import annotations

from django.contrib import admin

from crm.segments.models import Segment
from crm.workspaces.admin import ReadOnly


@admin.register(Segment)
class SegmentAdmin(ReadOnly):
    list_display = ("name", "workspace", "is_fixed", "updated_at", "deleted_at")
    list_select_related = ("workspace",)
    list_filter = ("workspace", "is_fixed")
    search_fields = ("name",)
