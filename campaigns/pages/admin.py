"""What operators see of this room: pages, what was published, what came in. Changed by verbs only, so not here."""

from __future__ import annotations

from django.contrib import admin

from campaigns.pages.models import LandingPage, PageVersion, Referral, ShareLink, Submission
from crm.workspaces.admin import ReadOnly


@admin.register(LandingPage)
class LandingPageAdmin(ReadOnly):
    list_display = ("name", "workspace", "slug", "language", "is_published", "updated_at", "deleted_at")
    list_select_related = ("workspace",)
    list_filter = ("workspace", "language")
    search_fields = ("name", "slug", "=id")


@admin.register(PageVersion)
class PageVersionAdmin(ReadOnly):
    list_display = ("page", "number", "workspace", "published_by", "published_at")
    list_select_related = ("page", "workspace", "published_by")
    list_filter = ("workspace", "published_at")
    exclude = ("compiled",)


@admin.register(Submission)
class SubmissionAdmin(ReadOnly):
    list_display = ("page", "contact", "workspace", "is_new_contact", "created_at")
    list_select_related = ("page", "contact", "workspace")
    list_filter = ("workspace", "created_at")
    show_full_result_count = False


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnly):
    list_display = ("code", "page", "contact", "workspace", "created_at")
    list_select_related = ("page", "contact", "workspace")
    list_filter = ("workspace",)
    search_fields = ("=code",)


@admin.register(Referral)
class ReferralAdmin(ReadOnly):
    list_display = ("sharer", "friend", "page", "workspace", "created_at")
    list_select_related = ("sharer", "friend", "page", "workspace")
    list_filter = ("workspace", "created_at")
