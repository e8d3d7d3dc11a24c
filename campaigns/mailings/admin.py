"""What operators see of this room: to read, never to go round the ledger."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from campaigns.mailings.models import Delivery, Mailing
from crm.workspaces.admin import ReadOnly


@admin.register(Mailing)
class MailingAdmin(ReadOnly):
    list_display = ("name", "workspace", "purpose", "status", "audience_size", "started_at", "trouble")
    list_filter: ClassVar = ["status", "purpose", "is_automatic"]
    search_fields: ClassVar = ["name", "workspace__name"]
    list_select_related: ClassVar = ["workspace"]
    exclude: ClassVar = ["compiled"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """Without addresses in the list: an operator looks after the ledger, not at people."""

    list_display = (
        "id",
        "mailing",
        "state",
        "skip_reason",
        "failure",
        "attempts",
        "worker",
        "lease_until",
        "next_try_at",
    )
    list_filter: ClassVar = ["state", "failure"]
    list_select_related: ClassVar = ["mailing"]
    show_full_result_count = False
