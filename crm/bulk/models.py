from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.workspaces.models import User, Workspace

UNDO_DAYS = 30
AT_ONCE = 200  # so many are changed while the member waits


class BulkActQuerySet(models.QuerySet["BulkAct"]):
    def moving(self) -> BulkActQuerySet:
        """Those that the clock has work with."""
        return self.filter(status__in=BulkAct.MOVING)


class BulkAct(models.Model):
    """One act over people who were frozen at its start as rows of BulkRow.

    `params` is what the kind needs: {"tag": 3}, {"list": 3} or {"field": 12, "value": ...}, and "label", its name at the time.
    `whom` is where the people came from: {"ids": 12} for a selection of so many, {"state": "?q=..."} for all of a search.
    """

    class Kind(models.TextChoices):
        TAG = "tag", _("Adding a tag")
        UNTAG = "untag", _("Taking a tag off")
        JOIN = "join", _("Adding to a list")
        LEAVE = "leave", _("Taking off a list")
        SET = "set", _("Filling in a field")
        CLEAR = "clear", _("Emptying a field")
        DELETE = "delete", _("Deletion")
        RESTORE = "restore", _("Restoring from the bin")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Gathering the people")
        RUNNING = "running", _("In progress")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")

    MOVING: ClassVar = (Status.WAITING, Status.RUNNING, Status.UNDOING)
    OVER: ClassVar = (Status.DONE, Status.STOPPED)

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="bulk_acts")
    kind = models.CharField(max_length=8, choices=Kind)
    params = models.JSONField(default=dict)
    whom = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    undo_asked_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # its maker saw how it ended
    frozen_to = models.BigIntegerField(default=0)  # the last contact looked at while freezing
    frozen_until = models.BigIntegerField(default=0)  # the last contact there was at the start
    expected = models.PositiveIntegerField(default=0)  # how many there were when it was asked for
    total = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    undone = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True)

    objects = BulkActQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name = _("Bulk act")
        verbose_name_plural = _("Bulk acts")
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "id"], name="bulk_act_in_workspace")]
        indexes: ClassVar = [
            models.Index("workspace", models.F("created_at").desc(), name="bulk_act_newest"),
            models.Index(
                fields=["id"], condition=Q(status__in=("waiting", "running", "undoing")), name="bulk_act_moving"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def settled(self) -> int:
        """How many people were looked at so far."""
        return self.changed + self.same + self.refused + self.gone

    @property
    def taken_back(self) -> int:
        return self.undone + self.kept

    @property
    def is_moving(self) -> bool:
        return self.status in self.MOVING

    @property
    def is_undo(self) -> bool:
        return self.undo_asked_at is not None

    @property
    def is_small(self) -> bool:
        return max(self.total, self.expected) <= AT_ONCE

    @property
    def may_stop(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def may_undo(self) -> bool:
        """Something was changed, it is over, and its rows still tell what was there before."""
        is_over = self.status in self.OVER or (self.status == self.Status.FAILED and not self.is_undo)
        return is_over and bool(self.changed) and timezone.now() < self.undo_until

    @property
    def undo_until(self) -> datetime:
        return self.created_at + timedelta(days=UNDO_DAYS)

    @property
    def may_resume(self) -> bool:
        return self.status == self.Status.FAILED


class BulkRow(models.Model):
    """One person of an act: what became of them, and, where something changed, what was there before."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CHANGED = "changed", _("Changed")
        SAME = "same", _("Were so already")
        REFUSED = "refused", _("Left out")
        GONE = "gone", _("No longer here")
        UNDONE = "undone", _("Undone")
        KEPT = "kept", _("Changed since, left as they are")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="rows")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=7, choices=Outcome, default=Outcome.WAITING, db_default="waiting")
    before = models.JSONField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["act", "contact"], name="bulk_row_once")]
        indexes: ClassVar = [models.Index(fields=["act", "outcome", "contact"], name="bulk_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.act_id}: {self.contact_id} {self.outcome}"
