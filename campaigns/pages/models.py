from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.content.models import Document
from crm.contacts.models import Contact
from crm.visitors.models import Visitor
from crm.workspaces.models import User, Workspace


class LandingPage(models.Model):
    """A page with a draft, a thank-you page, and the version that is on the air (None: not published)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="pages")
    name = models.CharField(_("Name of the page"), max_length=100)
    slug = models.SlugField(_("Address of the page"), max_length=60, allow_unicode=False)
    language = models.CharField(_("Language"), max_length=2, default="he")
    description = models.CharField(_("Words under the link when it is shared"), max_length=200, blank=True)
    document = models.OneToOneField(Document, models.PROTECT, related_name="page")
    thanks = models.OneToOneField(Document, models.PROTECT, related_name="thanks_of")
    version = models.ForeignKey("PageVersion", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        verbose_name = _("Landing page")
        verbose_name_plural = _("Landing pages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="page_slug_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="page_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_published(self) -> bool:
        return self.version_id is not None and self.deleted_at is None


class PageVersion(models.Model):
    """What was published: immutable. `compiled` holds the stranger's finished HTML and the pieces for known contacts."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    page = models.ForeignKey(LandingPage, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    blocks = models.JSONField()
    thanks_blocks = models.JSONField()
    compiled = models.JSONField(default=dict)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["page", "number"], name="page_version_once")]

    def __str__(self) -> str:
        return f"{self.page_id} v{self.number}"


class Submission(models.Model):
    """A form that was sent: a lead. `stamp` is the signed stamp's nonce, so that sending twice counts once."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="submissions")
    page = models.ForeignKey(LandingPage, models.CASCADE, related_name="submissions")
    version = models.ForeignKey(PageVersion, models.SET_NULL, null=True, related_name="+")
    block = models.CharField(max_length=8)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="submissions")
    visitor = models.ForeignKey(Visitor, models.SET_NULL, null=True, blank=True)
    answers = models.JSONField(default=dict)
    stamp = models.CharField(max_length=40, unique=True)
    is_new_contact = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name = _("Lead")
        verbose_name_plural = _("Leads")
        indexes: ClassVar = [models.Index(fields=["workspace", "-created_at"], name="submission_newest")]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.contact_id}"


class ShareLink(models.Model):
    """A sharer's own code on a page; the sharer is a contact, or a visitor nobody knows yet."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    page = models.ForeignKey(LandingPage, models.CASCADE, related_name="share_links")
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, blank=True, related_name="share_links")
    visitor = models.ForeignKey(Visitor, models.CASCADE, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=12, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["page", "contact"], condition=Q(contact__isnull=False), name="share_once"),
            models.UniqueConstraint(
                fields=["page", "visitor"], condition=Q(visitor__isnull=False), name="share_by_visitor_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Referral(models.Model):
    """A friend who joined thanks to a sharer. A friend is credited once, at their first-ever capture."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="referrals")
    page = models.ForeignKey(LandingPage, models.CASCADE, related_name="referrals")
    share_link = models.ForeignKey(ShareLink, models.CASCADE, related_name="referrals")
    sharer = models.ForeignKey(Contact, models.CASCADE, null=True, blank=True, related_name="friends_brought")
    friend = models.OneToOneField(Contact, models.CASCADE, related_name="brought_by")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(sharer=models.F("friend")), name="referral_not_of_oneself")
        ]

    def __str__(self) -> str:
        return f"{self.sharer_id} brought {self.friend_id}"
