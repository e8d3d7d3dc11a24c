"""What operators see of this room. Changed only by verbs, so nothing here can be changed."""

from __future__ import annotations

from django.contrib import admin

from crm.notes.models import Note, Task
from crm.workspaces.admin import ReadOnly


@admin.register(Note)
class NoteAdmin(ReadOnly):
    list_display = ("id", "workspace", "contact", "author", "created_at", "deleted_at")
    list_select_related = ("workspace", "contact", "author")
    list_filter = ("workspace",)
    search_fields = ("=id", "=contact__id")


@admin.register(Task)
class TaskAdmin(ReadOnly):
    list_display = (
        "id",
        "workspace",
        "contact",
        "due_on",
        "due_time",
        "remind_at",
        "reminded_at",
        "done_at",
        "deleted_at",
    )
    list_select_related = ("workspace", "contact")
    list_filter = ("workspace",)
    search_fields = ("=id", "=contact__id")
