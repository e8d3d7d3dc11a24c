"""What operators see of this room. Changed only by verbs, so nothing here can be changed."""

from __future__ import annotations

from django.contrib import admin

from crm.bulk.models import BulkAct
from crm.workspaces.admin import ReadOnly


@admin.register(BulkAct)
class BulkActAdmin(ReadOnly):
    list_display = ("id", "workspace", "kind", "status", "total", "changed", "created_at", "trouble")
    list_select_related = ("workspace",)
    list_filter = ("status", "kind", "workspace")
