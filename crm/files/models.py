from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.workspaces.models import Workspace


class File(models.Model):
    """One image. `digest` (SHA-256 of the re-encoded bytes, hex) is its name on disk and in its URL."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="files")
    name = models.CharField(_("Name"), max_length=150)
    digest = models.CharField(max_length=64)
    extension = models.CharField(max_length=5)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()  # bytes
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "digest"], name="file_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """The path on either origin; put PUBLIC_URL before it where it must stand alone."""
        return f"/files/{self.digest}.{self.extension}"
