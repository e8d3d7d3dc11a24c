"""What operators see of this room: what runs, who is stuck, who is late, and errands that wait or were given
up, without what they say of people. To read, never to go round the engine."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.automations import counting
from campaigns.automations.models import Automation, Enrolment, Errand
from crm.workspaces.admin import ReadOnly


class Standing(admin.SimpleListFilter):
    title = _("Standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("late", _("Late")), ("due", _("Waiting")), ("stuck", _("Needs attention"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
        active = queryset.filter(state=Enrolment.State.ACTIVE)
        chosen = {
            "late": queryset.filter(pk__in=counting.late(now=timezone.now()).values("pk")),
            "due": active.filter(due_at__gt=timezone.now()),
            "stuck": queryset.filter(state=Enrolment.State.STUCK),
        }
        return chosen.get(self.value() or "", queryset)


@admin.register(Automation)
class AutomationAdmin(ReadOnly):
    list_display = ("name", "workspace", "status", "switched_at", "looped_at")
    list_filter: ClassVar = ["status"]
    search_fields: ClassVar = ["name", "workspace__name"]
    list_select_related: ClassVar = ["workspace"]


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnly):
    """Without names: an operator looks after the engine, not at people."""

    list_display = ("id", "automation", "state", "step", "due_at", "tries", "trouble", "arrived_at")
    list_filter: ClassVar = [Standing, "state"]
    list_select_related: ClassVar = ["automation"]
    show_full_result_count = False


@admin.register(Errand)
class ErrandAdmin(ReadOnly):
    list_display = ("id", "workspace", "kind", "state", "tries", "next_try_at", "answer", "created_at", "done_at")
    list_filter: ClassVar = ["state", "kind"]
    list_select_related: ClassVar = ["workspace"]
    exclude: ClassVar = ["payload"]
    show_full_result_count = False
