"""What operators see of this room."""

from __future__ import annotations

from django.contrib import admin

from crm.files.models import File
from crm.workspaces.admin import ReadOnly


@admin.register(File)
class FileAdmin(ReadOnly):
    list_display = ("name", "workspace", "width", "height", "size", "created_at")
    list_select_related = ("workspace",)
    list_filter = ("workspace",)
    search_fields = ("name", "=digest")
