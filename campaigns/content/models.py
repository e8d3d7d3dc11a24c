from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.workspaces.models import Workspace


class Document(models.Model):
    """A draft: a list of blocks, each {"id": 8 characters, "type": ..., "data": {...}, "rule": {...} or absent}.

    `pair` on two or more blocks names the focused pair they stand in. Every save raises `revision`; saving on a stale one is
    refused, so two editors never overwrite each other.
    """

    class Medium(models.TextChoices):
        PAGE = "page", _("Landing page")
        THANKS = "thanks", _("Thank-you page")
        MAIL = "mail", _("Mail")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    medium = models.CharField(max_length=6, choices=Medium)
    language = models.CharField(max_length=2, default="he")
    blocks = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.medium} {self.pk} r{self.revision}"


class DocumentRevision(models.Model):
    """What a document was before a save; the last 50 are kept for undo."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    blocks = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["document", "revision"], name="revision_once")]

    def __str__(self) -> str:
        return f"{self.document_id} r{self.revision}"
