"""What operators see of this room: businesses, users, who works where. Keys and invitations are to be seen, not made, here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm
from django.http import HttpRequest

from crm.workspaces import founding
from crm.workspaces.models import ApiKey, AuditEntry, Invitation, Membership, User, Workspace


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shown, never changed: the rules live in verbs, and the admin is no way round them."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "workspace"]


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "slug", "language", "time_zone", "created_at"]
    list_filter = ["language"]
    search_fields = ["name", "slug"]
    inlines = [MembershipInline]

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: bool) -> None:
        """A new business gets what every new business gets."""
        super().save_model(request, obj, form, change)
        if not change:
            founding.furnish(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class UserCreationForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    inlines = [MembershipInline]
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language", "theme")}),
        (None, {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    readonly_fields = ["last_login", "date_joined"]
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)
    filter_horizontal = []


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    list_display = ["name", "prefix", "workspace", "scopes", "last_used_at", "revoked_at"]
    list_select_related = ["workspace"]
    exclude = ["secret_hash"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ["email", "workspace", "role", "created_at", "accepted_at"]
    list_select_related = ["workspace"]
    exclude = ["token_hash"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ["created_at", "workspace", "user", "action", "subject"]
    list_select_related = ["workspace", "user"]
    list_filter = ["action"]
    date_hierarchy = "created_at"
