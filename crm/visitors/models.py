from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from crm.contacts.models import Contact
from crm.workspaces.models import Workspace


class Visitor(models.Model):
    """One epoch of one browser at one business."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="visitors")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    device = models.CharField(max_length=10, default="", blank=True)  # phone, tablet, desktop
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "id"], name="visitor_in_workspace")]

    def __str__(self) -> str:
        return f"{self.pk}"


class IdentityEdge(models.Model):
    """This visitor is that contact. At most one per visitor, for ever; a contact may have many visitors."""

    class Source(models.TextChoices):
        PERSONAL_LINK = "link"
        FORM = "form"
        API = "api"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    visitor = models.OneToOneField(Visitor, models.CASCADE, related_name="identity")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identities")
    source = models.CharField(max_length=10, choices=Source)
    strength = models.PositiveSmallIntegerField(default=50)  # 0-100; identifying.py says which is which
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.visitor_id} is {self.contact_id}"
