"""How members look at the list of contacts: views they saved, and what each likes to see."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.workspaces.models import User, Workspace


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def seen_by(self, user: User) -> SavedViewQuerySet:
        """What stands above the list of this member: shared ones, and their own."""
        return self.filter(Q(is_shared=True) | Q(owner=user), deleted_at=None)


class SavedView(models.Model):
    """A state of the list of contacts with a name. `state` holds parameters of its URL as text; `columns` None is as usual."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(_("Name of the view"), max_length=60)
    is_shared = models.BooleanField(_("Everybody in the business sees it"), default=False)
    state = models.JSONField(default=dict)
    columns = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        verbose_name = _("View")
        verbose_name_plural = _("Views")
        indexes: ClassVar = [
            models.Index(fields=["workspace", "created_at"], condition=Q(deleted_at=None), name="saved_view_alive")
        ]

    def __str__(self) -> str:
        return self.name


class ListTaste(models.Model):
    """What one member likes to see on lists of people in one business."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    columns = models.JSONField(null=True, blank=True)  # keys in their order; None is the usual ones
    is_dense = models.BooleanField(default=False)
    default_view = models.ForeignKey(SavedView, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "user"], name="list_taste_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.workspace_id}"
