from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.content.models import Document
from crm.contacts.models import Contact
from crm.workspaces.models import User, Workspace

AUTOMATIC = _("Sent by an automation")


class Mailing(models.Model):
    """One mailing. What it is (`purpose`) is asked before anything else, for the law hangs on it.

    `audience` is {"lists": [..], "segments": [..], "not_lists": [..], "not_segments": [..]}; at the start it is frozen into
    deliveries and the document into `compiled`. Status moves only in verbs (sending.py, planning.py).

    An automatic mailing has no audience: automations add people one by one (automatic.py). It is being sent for as long as
    nobody cancels it, and is never finished by counting.
    """

    class Purpose(models.TextChoices):
        ADVERTISEMENT = "advertisement", _("Advertisement")
        CONTENT = "content", _("Content")
        SERVICE = "service", _("Service")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        FREEZING = "freezing", _("Being prepared")
        SENDING = "sending", _("Being sent")
        PAUSED = "paused", _("Paused")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="mailings")
    name = models.CharField(_("Name of the mailing"), max_length=150)
    purpose = models.CharField(_("What is this mail?"), max_length=13, choices=Purpose)
    language = models.CharField(_("Language"), max_length=2, default="he")
    subject = models.CharField(_("Subject line"), max_length=200, blank=True)
    preheader = models.CharField(_("Preview text"), max_length=200, blank=True)
    sender_name = models.CharField(_("Sender's name"), max_length=100, blank=True)  # empty: the business's
    document = models.OneToOneField(Document, models.PROTECT, related_name="mailing")
    audience = models.JSONField(default=dict)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    compiled = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    frozen_up_to = models.BigIntegerField(default=0)  # contact id the freezing has reached
    trouble = models.CharField(
        max_length=200, default="", blank=True
    )  # why nothing moves just now, in the server's words
    is_automatic = models.BooleanField(default=False)
    audience_size = models.BigIntegerField(null=True, blank=True)  # rows frozen; the states must add up to it for ever
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        verbose_name = _("Mailing")
        verbose_name_plural = _("Mailings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "id"], name="mailing_in_workspace"),
            models.CheckConstraint(
                condition=Q(is_automatic=False) | Q(status__in=["sending", "paused", "cancelled"]),
                name="mailing_automatic_is_open",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state_words(self) -> str:
        """How it stands: an automatic one that is being sent says by whom."""
        if self.is_automatic and self.status == self.Status.SENDING:
            return str(AUTOMATIC)
        return self.get_status_display()

    @property
    def is_editable(self) -> bool:
        return self.status == self.Status.DRAFT


class Delivery(models.Model):
    """One person of one mailing: the ledger's row. At every instant the states add up to the audience.

    queued -> claimed -> sending -> accepted | deferred | failed | uncertain; skipped; cancelled.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        CLAIMED = "claimed", _("Being prepared")
        SENDING = "sending", _("Being sent")
        ACCEPTED = "accepted", _("Delivered")
        DEFERRED = "deferred", _("Will be tried again")
        FAILED = "failed", _("Failed")
        UNCERTAIN = "uncertain", _("Uncertain")
        SKIPPED = "skipped", _("Skipped")
        CANCELLED = "cancelled", _("Cancelled")

    class Skip(models.TextChoices):
        NO_ADDRESS = "no_address", _("Without an e-mail address")
        NO_CONSENT = "no_consent", _("Without consent to mailings")
        SUPPRESSED = "suppressed", _("Blocked")
        SAME_ADDRESS = "same_address", _("The address already receives this mailing")
        BAD_CONTENT = "bad_content", _("The mail could not be composed for this person")
        REMOVED = "removed", _("No longer in the contacts")
        TOO_MANY = "too_many", _("Got enough mails lately")

    class Failure(models.TextChoices):
        """Why a mail failed. Only `DEAD` is the address's own; the others are never held against the contact."""

        DEAD = "dead", _("The address does not exist")
        FULL = "full", _("The mailbox is full")
        TOO_BIG = "too_big", _("The mail is too big")
        POLICY = "policy", _("Refused by the receiving side's policy")
        SPAM = "spam", _("Taken for spam")
        AUTH = "auth", _("The mail server refused the sender")
        RATE = "rate", _("Too many mails at once")
        EXPIRED = "expired", _("Tried for two days without success")
        OTHER = "other", _("Refused for another reason")

    OPEN: ClassVar = (State.QUEUED, State.CLAIMED, State.SENDING, State.DEFERRED)

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="deliveries", db_index=False)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="deliveries", db_index=False)
    occasion = models.CharField(max_length=60, default="", blank=True)
    address = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    skip_reason = models.CharField(max_length=12, choices=Skip, default="", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=60, default="", blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    reply_code = models.PositiveSmallIntegerField(null=True, blank=True)
    reply_text = models.CharField(max_length=300, default="", blank=True)
    failure = models.CharField(max_length=8, choices=Failure, default="", blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailing", "occasion", "contact"], name="delivery_once"),
            models.UniqueConstraint(
                fields=["mailing", "occasion", "address"],
                condition=~Q(state="skipped") & ~Q(address=""),
                name="delivery_address_once",
            ),
            models.CheckConstraint(
                condition=(Q(state="skipped") & ~Q(skip_reason="")) | (~Q(state="skipped") & Q(skip_reason="")),
                name="delivery_skipped_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "sending"], lease_until__isnull=False)
                | (~Q(state__in=["claimed", "sending"]) & Q(lease_until=None)),
                name="delivery_held_with_a_lease",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["mailing", "next_try_at", "id"],
                condition=Q(state__in=["queued", "deferred"]),
                name="delivery_waiting",
            ),
            models.Index(fields=["lease_until"], condition=Q(state__in=["claimed", "sending"]), name="delivery_leased"),
            models.Index(fields=["mailing", "state"], name="delivery_by_state"),
            models.Index(fields=["contact"], name="delivery_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id} -> {self.contact_id}: {self.state}"


class Link(models.Model):
    """A destination in a mailing, in order of appearance. Its signed token is made once per mailing."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="links")
    position = models.PositiveSmallIntegerField()
    block = models.CharField(max_length=8, blank=True)
    label = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailing", "position"], name="link_once")]

    def __str__(self) -> str:
        return self.url
