"""What operators see: surveys and their state, never an answer."""

from __future__ import annotations

from django.contrib import admin

from crm.workspaces.admin import ReadOnly
from surveys.models import Survey


@admin.register(Survey)
class SurveyAdmin(ReadOnly):
    list_display = ("name", "workspace", "kind", "status", "counted", "opened_at", "closed_at")
    list_select_related = ("workspace",)
    list_filter = ("kind", "status")
    search_fields = ("name",)
    exclude = ("key", "sealed_size")
