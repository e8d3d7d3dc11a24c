"""What operators see of this room: how fresh each segment is, and which are stuck. Changed only by verbs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from crm.segments.models import LATE, Segment
from crm.workspaces.admin import ReadOnly


class Freshness(admin.SimpleListFilter):
    title = "freshness"
    parameter_name = "fresh"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("stuck", "Stuck for five minutes"), ("never", "Never worked out")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        living = {"deleted_at": None, "is_fixed": False}
        if self.value() == "stuck":
            return queryset.filter(refresh_at__lt=timezone.now() - LATE, **living)
        return queryset.filter(refreshed_at=None, **living) if self.value() == "never" else queryset


@admin.register(Segment)
class SegmentAdmin(ReadOnly):
    list_display = ("name", "workspace", "size", "refreshed_at", "refresh_at", "on_time", "is_fixed", "deleted_at")
    list_select_related = ("workspace",)
    list_filter = (Freshness, "workspace", "is_fixed")
    search_fields = ("name",)

    @admin.display(boolean=True, description="On time")
    def on_time(self, segment: Segment) -> bool:
        return not segment.is_stuck
