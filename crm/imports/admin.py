"""What operators see of this room. Changed only by verbs, so nothing here can be changed."""

from __future__ import annotations

from django.contrib import admin

from crm.imports.models import Import
from crm.workspaces.admin import ReadOnly


@admin.register(Import)
class ImportAdmin(ReadOnly):
    list_display = ("name", "workspace", "status", "rows_read", "rows_done", "created_by", "created_at", "finished_at")
    list_select_related = ("workspace", "created_by")
    list_filter = ("workspace", "status")
    exclude = ("worker", "plan", "headers")
    show_full_result_count = False
