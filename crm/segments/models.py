from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.workspaces.models import User, Workspace


class Segment(models.Model):
    """A rule with a name; or, when `is_fixed`, the people frozen from a report as rows of SegmentMember."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="segments")
    name = models.CharField(_("Name of the segment"), max_length=100)
    rule = models.JSONField(default=dict)
    is_fixed = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        verbose_name = _("Segment")
        verbose_name_plural = _("Segments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "workspace", Lower("name"), condition=models.Q(deleted_at=None), name="segment_name_once"
            ),
            models.UniqueConstraint(fields=["workspace", "id"], name="segment_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """A person of a fixed segment."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["segment", "contact"], name="segment_member_once")]
        indexes: ClassVar = [models.Index(fields=["contact", "segment"], name="segment_of_contact")]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id}"
