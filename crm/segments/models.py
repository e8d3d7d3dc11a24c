from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.workspaces.models import User, Workspace

LATE = timedelta(minutes=5)  # a refresh that is due for longer than this is stuck


class SegmentQuerySet(models.QuerySet["Segment"]):
    def due(self, now: datetime) -> SegmentQuerySet:
        """Whose membership is to be worked out again, the longest waiting first; of two that wait, the one never worked out."""
        waiting = self.filter(deleted_at=None, is_fixed=False, refresh_at__lte=now)
        return waiting.order_by(F("refreshed_at").asc(nulls_first=True), "refresh_at")


class Segment(models.Model):
    """A rule with a name; or, when `is_fixed`, the people frozen from a report as rows of SegmentMember.

    The rows of a ruled segment are an answer that is kept: `refreshed_at` is when they were last worked out in full (nothing
    while they never were since the rule was written), `refresh_at` when they are due again, `size` how many they are; a
    fixed segment has none of the three.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="segments")
    name = models.CharField(_("Name of the segment"), max_length=100)
    rule = models.JSONField(default=dict)
    is_fixed = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    refresh_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    size = models.BigIntegerField(default=0)

    objects = SegmentQuerySet.as_manager()

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
        indexes: ClassVar = [
            models.Index("refresh_at", condition=Q(deleted_at=None, is_fixed=False), name="segment_due"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_settled(self) -> bool:
        """Whether its rows may be read: it is fixed, or was worked out since its rule was written."""
        return self.is_fixed or self.refreshed_at is not None

    @property
    def is_stuck(self) -> bool:
        if self.is_fixed or self.deleted_at is not None or self.refresh_at is None:
            return False
        return self.refresh_at < timezone.now() - LATE


class SegmentMember(models.Model):
    """A person of a segment. Written only out of crm_contact of the same business, in the statement that says why."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    entered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["segment", "contact"], name="segment_member_once")]
        indexes: ClassVar = [models.Index(fields=["contact", "segment"], name="segment_of_contact")]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id}"


class SegmentSize(models.Model):
    """How many people a segment had at the end of a day of its business; today's row moves until midnight."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes", db_index=False)
    day = models.DateField()
    count = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["segment", "day"], name="segment_size_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.day}: {self.count}"
