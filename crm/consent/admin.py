"""What operators see of this room: proofs and blocks, to be read and never changed."""

from __future__ import annotations

from django.contrib import admin

from crm.consent.models import Consent, Suppression
from crm.workspaces.admin import ReadOnly


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    list_display = ("contact", "workspace", "channel", "state", "source", "created_at", "is_current")
    list_select_related = ("contact", "workspace")
    list_filter = ("workspace", "channel", "state", "is_current")
    search_fields = ("contact__email", "=contact__id")
    show_full_result_count = False


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly):
    list_display = ("hint", "workspace", "channel", "reason", "created_at")
    list_select_related = ("workspace",)
    list_filter = ("workspace", "channel", "reason")
    exclude = ("address_hash",)
    show_full_result_count = False
