"""What operators see of this room: people and what is known of them. Changed only by verbs, so nothing here can be changed."""

from __future__ import annotations

from django.contrib import admin

from crm.contacts.models import Contact, CustomField, List, Tag
from crm.workspaces.admin import ReadOnly


@admin.register(Contact)
class ContactAdmin(ReadOnly):
    list_display = ("__str__", "workspace", "email", "phone", "created_at", "deleted_at")
    list_select_related = ("workspace",)
    search_fields = ("email", "phone", "=id")
    list_filter = ("workspace", "created_at")
    show_full_result_count = False


@admin.register(CustomField)
class CustomFieldAdmin(ReadOnly):
    list_display = ("label", "workspace", "type", "key", "archived_at")
    list_select_related = ("workspace",)
    list_filter = ("workspace", "type")
    search_fields = ("label",)


@admin.register(List)
class ListAdmin(ReadOnly):
    list_display = ("name", "workspace", "created_at", "deleted_at")
    list_select_related = ("workspace",)
    list_filter = ("workspace",)
    search_fields = ("name",)


@admin.register(Tag)
class TagAdmin(ReadOnly):
    list_display = ("name", "workspace", "created_at")
    list_select_related = ("workspace",)
    list_filter = ("workspace",)
    search_fields = ("name",)
