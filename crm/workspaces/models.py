from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

INVITATION_DAYS = 7


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who works in Mashpech. Signs in by e-mail; belongs to businesses through Membership."""

    class Theme(models.TextChoices):
        SYSTEM = "", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=100, blank=True)
    language = models.CharField(_("Language"), max_length=2, choices=settings.LANGUAGES, default="he")
    theme = models.CharField(_("Appearance"), max_length=5, choices=Theme, default=Theme.SYSTEM, blank=True)
    is_staff = models.BooleanField(_("Operator"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("User")
        verbose_name_plural = _("Users")

    def __str__(self) -> str:
        return self.name or self.email


class Workspace(models.Model):
    """One business. Everything else belongs to exactly one of these."""

    name = models.CharField(_("Name of the business"), max_length=100)
    slug = models.SlugField(_("Short name in links"), max_length=50, unique=True)
    language = models.CharField(_("Language"), max_length=2, choices=settings.LANGUAGES, default="he")
    time_zone = models.CharField(_("Time zone"), max_length=50, default="Asia/Jerusalem")
    currency = models.CharField(_("Currency"), max_length=3, default="ILS")
    brand_color = models.CharField(
        _("Brand colour"),
        max_length=7,
        default="#0B5F70",
        validators=[RegexValidator(r"^#[0-9A-Fa-f]{6}$", _("Write a colour such as #0B5F70."))],
    )
    sender_name = models.CharField(_("Sender's name"), max_length=100, blank=True)
    sender_email = models.EmailField(_("Sender's address"), blank=True)
    reply_to = models.EmailField(_("Replies go to"), blank=True)
    postal_address = models.CharField(_("Postal address of the business"), max_length=200, blank=True)
    phone = models.CharField(_("Phone of the business"), max_length=30, blank=True)
    double_opt_in = models.BooleanField(_("Ask for confirmation by mail"), default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Business")
        verbose_name_plural = _("Businesses")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def has_sender(self) -> bool:
        """What the law asks a mail to say: who sends it, from where, and how to reach them."""
        return bool(self.sender_name and self.sender_email and self.postal_address)


class Role(models.TextChoices):
    OWNER = "owner", _("Management permission")
    EDITOR = "editor", _("Editing permission")
    ANALYST = "analyst", _("View only")


class Membership(models.Model):
    """A user in a business, with a role. An analyst reads; an editor does all but members, keys, erasure and sender."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("Permission"), max_length=10, choices=Role)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="membership_in_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.workspace}"

    @property
    def may_edit(self) -> bool:
        return self.role in (Role.OWNER, Role.EDITOR)

    @property
    def may_manage(self) -> bool:
        return self.role == Role.OWNER


class Invitation(models.Model):
    """A colleague asked to join. The token travels by mail; only its hash is kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("E-mail"))
    role = models.CharField(_("Permission"), max_length=10, choices=Role, default=Role.EDITOR)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "workspace", Lower("email"), condition=models.Q(accepted_at=None), name="invitation_pending_once"
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def expires_at(self) -> datetime:
        return self.created_at + timedelta(days=INVITATION_DAYS)

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and timezone.now() < self.expires_at


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: enough for secrets of 32 random bytes, which nobody can guess from a list."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKey(models.Model):
    """A key for REST: `mk_<32 bytes>`, shown once, kept as a hash. `make` returns (key, secret)."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Write")
        PERSONAL = "personal", _("Take out and erase one person's data")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    name = models.CharField(_("Name"), max_length=100)
    prefix = models.CharField(max_length=10)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def make(cls, workspace: Workspace, *, name: str, scopes: list[str], by: User | None = None) -> tuple[ApiKey, str]:
        secret = "mk_" + secrets.token_urlsafe(32)
        key = cls.objects.create(
            workspace=workspace,
            name=name,
            prefix=secret[:8],
            secret_hash=hash_secret(secret),
            scopes=scopes,
            created_by=by,
        )
        return key, secret

    @classmethod
    def find(cls, secret: str) -> ApiKey | None:
        keys = cls.objects.select_related("workspace").filter(revoked_at=None)
        return keys.filter(secret_hash=hash_secret(secret)).first()


ACTIONS = {
    "workspace.changed": _("Changed the details of the business"),
    "sender.changed": _("Changed the sender"),
    "member.invited": _("Invited a user"),
    "member.invitation_revoked": _("Withdrew an invitation"),
    "member.role": _("Changed a permission"),
    "member.removed": _("Removed a user"),
    "contact.erased": _("Erased a contact for good"),
    "contact.disclosed": _("Took out everything about a contact"),
    "contact.merged": _("Merged two contacts"),
    "contact.unmerged": _("Undid a merge"),
    "api_key.created": _("Created an API key"),
    "api_key.revoked": _("Revoked an API key"),
    "field.created": _("Made a field"),
    "field.changed": _("Changed a field"),
    "field.archived": _("Archived a field"),
    "field.unarchived": _("Took a field back into use"),
    "field.type_changed": _("Changed the type of a field"),
    "field_group.created": _("Made a group of fields"),
    "field_group.changed": _("Renamed a group of fields"),
    "field_group.removed": _("Took a group of fields apart"),
    "contact.field_shown": _("Saw a sensitive answer"),
    "contacts.sensitive_read": _("Read sensitive answers over the API"),
    "contacts.exported": _("Exported contacts"),
    "survey.exported": _("Exported the results of a survey"),
    "contacts.binned": _("Moved many contacts to the bin"),
    "import.started": _("Started an import"),
    "import.stopped": _("Stopped an import"),
    "import.resumed": _("Went on with an import"),
    "import.undone": _("Undid an import"),
    "import.rejects": _("Downloaded rows that an import did not take in"),
    "survey.opened": _("Opened a survey"),
    "survey.closed": _("Closed a survey"),
    "automation.on": _("Switched an automation on"),
    "automation.paused": _("Paused an automation"),
    "automation.resumed": _("Let an automation go on"),
    "automation.off": _("Switched an automation off"),
    "automation.enrolled": _("Started an automation for people"),
    "automation.deleted": _("Moved an automation to the bin"),
    "automation.restored": _("Restored an automation"),
    "survey.deleted": _("Moved a survey to the bin"),
    "survey.restored": _("Took a survey out of the bin"),
}


class AuditEntry(models.Model):
    """Who changed the configuration, exported people, or overrode a rule. Append-only."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="audit_entries")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, blank=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["workspace", "-created_at"], name="audit_by_time")]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    @property
    def words(self) -> str:
        """The action in the active language; an action without words of its own is shown as it is."""
        return str(ACTIONS.get(self.action, self.action))


class KeptAnswer(models.Model):
    """What a REST call that carried an Idempotency-Key was answered; sent again, it gets this. Written with the work itself.

    `body` None: it was too long to keep.
    """

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, address and body, in hex
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["api_key", "key"], name="kept_answer_once")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
