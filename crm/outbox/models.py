from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from crm.workspaces.models import Workspace


class OutboxMessage(models.Model):
    """A mail that was kept instead of sent. `mime` is the exact bytes a mail server would have got."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="outbox")
    mail_from = models.CharField(max_length=254)
    rcpt_to = models.CharField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    mime = models.BinaryField()
    owners_only = models.BooleanField(default=False)  # mail of the system, such as an invitation: its link is a key
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["workspace", "-id"], name="outbox_newest")]

    def __str__(self) -> str:
        return self.subject
