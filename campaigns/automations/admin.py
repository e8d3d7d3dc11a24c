"""What operators see of this room: errands that were given up or wait, without what they say of people."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from campaigns.automations.models import Errand
from crm.workspaces.admin import ReadOnly


@admin.register(Errand)
class ErrandAdmin(ReadOnly):
    list_display = ("id", "workspace", "kind", "state", "tries", "next_try_at", "answer", "created_at", "done_at")
    list_filter: ClassVar = ["state", "kind"]
    list_select_related: ClassVar = ["workspace"]
    exclude: ClassVar = ["payload"]
    show_full_result_count = False
