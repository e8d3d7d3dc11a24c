from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.workspaces.models import User, Workspace


class Funnel(models.Model):
    """An ordered list of stages and the time a person has from entry to reach them. `window_days` None: unlimited."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="funnels")
    name = models.CharField(_("Name of the funnel"), max_length=100)
    model = models.CharField(max_length=40, blank=True)  # the ready model it was made from
    window_days = models.PositiveIntegerField(_("Days from entry"), null=True, blank=True, default=30)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        verbose_name = _("Funnel")
        verbose_name_plural = _("Funnels")

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """One step. `matches` is a list of alternatives {"kind": ..., "subject": id or absent, "rule": {...} or absent}."""

    funnel = models.ForeignKey(Funnel, models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("Name of the stage"), max_length=60)
    matches = models.JSONField(default=list)
    is_optional = models.BooleanField(_("May be skipped"), default=False)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["funnel", "position"], name="stage_position_once", deferrable=models.Deferrable.DEFERRED
            )
        ]

    def __str__(self) -> str:
        return self.name
