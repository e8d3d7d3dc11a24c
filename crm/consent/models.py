from __future__ import annotations

import uuid
from datetime import datetime, timedelta
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
    asked_at = models.DateTimeField(null=True, blank=True)  # of a confirmed one: when and from where it was asked for;
    asked_ip = models.GenericIPAddressField(null=True, blank=True)  # created_at and ip then tell of the confirmation
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


CONFIRMATION_DAYS = 30


class PendingConsentQuerySet(models.QuerySet["PendingConsent"]):
    def open(self, now: datetime | None = None) -> PendingConsentQuerySet:
        """Those a press on the mailed link would still confirm."""
        since = (now or timezone.now()) - timedelta(days=CONFIRMATION_DAYS)
        return self.filter(closed_at=None, created_at__gt=since)


class PendingConsent(models.Model):
    """A consent that somebody typed and nobody proved: it waits for a press on the link mailed to the address itself.

    `consents` is {channel: the exact words}; `held` is what else waits with it: {"said": {"first_name": ...}, "lists": [3]}.
    It is no consent: who may be written to never reads this table.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="pending_consents")
    address = models.CharField(max_length=254)
    consents = models.JSONField(default=dict)
    held = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=40)
    form_version = models.CharField(max_length=60, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    mail_due = models.DateTimeField(null=True, blank=True)  # the clock sends what is due
    mailed_at = models.DateTimeField(null=True, blank=True)
    mails = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)  # confirmed, or covered by a later confirmation
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_ip = models.GenericIPAddressField(null=True, blank=True)

    objects = PendingConsentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["contact", "-created_at"], condition=Q(closed_at=None), name="pending_of_contact"),
            models.Index(fields=["mail_due"], condition=Q(mail_due__isnull=False), name="pending_to_mail"),
            models.Index(fields=["address", "-mailed_at"], name="pending_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {', '.join(self.consents)}"

    @property
    def expires_at(self) -> datetime:
        return self.created_at + timedelta(days=CONFIRMATION_DAYS)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and timezone.now() < self.expires_at


class SubjectRequest(models.Model):
    """A person asked, on their page of preferences, for their data or its deletion. A matter for the owner, no automaton."""

    class Kind(models.TextChoices):
        COPY = "copy", _("A copy of their data")
        ERASURE = "erasure", _("Deletion of their data")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="subject_requests")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="subject_requests")
    kind = models.CharField(max_length=8, choices=Kind)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "kind"], condition=Q(done_at=None), name="subject_request_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "created_at"], condition=Q(done_at=None), name="subject_request_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.contact_id}"


class Erasure(models.Model):
    """That somebody was erased, and of whom nothing: hashes of the addresses. Copied to a file outside the database, so that
    after a restore of an older dump they are erased again."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    email_hash = models.BinaryField(max_length=32, null=True)
    phone_hash = models.BinaryField(max_length=32, null=True)
    was_asked = models.BooleanField(default=True)  # false: lay in the bin too long
    created_at = models.DateTimeField(default=timezone.now)
    written_at = models.DateTimeField(null=True, blank=True)  # when its line stood in the file

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], condition=Q(written_at=None), name="erasure_to_write")]

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.created_at:%Y-%m-%d}"
