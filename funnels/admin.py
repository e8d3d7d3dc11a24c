"""What operators see of this app: to read, not to go round the rules."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from funnels.models import Funnel


@admin.register(Funnel)
class FunnelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "workspace", "model", "window_days", "updated_at", "deleted_at"]
    list_filter = ["model"]
    search_fields = ["name", "workspace__name"]
    list_select_related = ["workspace"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
