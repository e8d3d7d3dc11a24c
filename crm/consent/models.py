from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.workspaces.models import Workspace


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    TRACKING = "tracking", _("Browsing")


class Consent(models.Model):
    """One statement: granted or withdrawn, when, how, in which words. Append-only but for `is_current`."""

    class State(models.TextChoices):
        GRANTED = "granted", _("Granted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=10, choices=State)
    source = models.CharField(
        max_length=40
    )  # form, member, import, api, unsubscribe, preferences, one_click, complaint
    wording = models.TextField(blank=True)
    form_version = models.CharField(max_length=60, blank=True)  # "page 7, version 3, block ab12cd34"
    ip = models.GenericIPAddressField(null=True, blank=True)
    actor = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contact", "channel"], condition=Q(is_current=True), name="consent_current_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class Suppression(models.Model):
    """An address that must not be written to, as an HMAC: it survives deletion and re-import of the person."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("Asked to be removed")
        DEAD = "dead", _("The address does not exist")
        COMPLAINED = "complained", _("Reported as spam")
        ERASED = "erased", _("Was erased at their request")
        BY_HAND = "by_hand", _("Blocked by hand")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="suppressions")
    channel = models.CharField(max_length=10, choices=Channel)
    address_hash = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=12, choices=Reason)
    hint = models.CharField(max_length=60, blank=True)  # d•••@example.test, for the eyes of a member
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "channel", "address_hash"], name="suppression_once")
        ]

    def __str__(self) -> str:
        return self.hint
