from __future__ import annotations

from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.rules import mentioning
from crm.workspaces.models import Workspace


class ContactQuerySet(models.QuerySet["Contact"]):
    def alive(self) -> ContactQuerySet:
        """Neither in the bin nor merged into another: the people that screens, counts and audiences speak of."""
        return self.filter(deleted_at=None, merged_into=None)


class Contact(models.Model):
    """A person of one business, known by e-mail, by phone, or both. Values of custom fields lie in `values` under `f<id>`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="contacts")
    email = models.CharField(_("E-mail"), max_length=254, null=True, blank=True)  # normalised; NULL when there is none
    phone = models.CharField(_("Mobile"), max_length=16, null=True, blank=True)  # E.164; NULL when there is none
    first_name = models.CharField(_("First name"), max_length=100, blank=True)
    last_name = models.CharField(_("Last name"), max_length=100, blank=True)
    values = models.JSONField(default=dict, blank=True)
    source = models.CharField(_("Source"), max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    merged_into = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="merged_from")
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("Contact")
        verbose_name_plural = _("Contacts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "email"],
                condition=Q(email__isnull=False, merged_into=None),
                name="contact_email_once",
            ),
            models.UniqueConstraint(
                fields=["workspace", "phone"],
                condition=Q(phone__isnull=False, merged_into=None),
                name="contact_phone_once",
            ),
            models.UniqueConstraint(fields=["workspace", "id"], name="contact_in_workspace"),
            models.CheckConstraint(condition=~Q(email="") & ~Q(phone=""), name="contact_no_empty_identity"),
        ]
        indexes: ClassVar = [
            models.Index("workspace", F("created_at").desc(), F("id").desc(), name="contact_newest"),
            models.Index("workspace", F("updated_at").desc(), F("id").desc(), name="contact_touched"),
            models.Index(
                fields=["workspace", "first_name", "last_name", "id"],
                condition=Q(deleted_at=None, merged_into=None),
                name="contact_by_name",
            ),
            models.Index(
                "workspace",
                F("deleted_at").desc(),
                F("id").desc(),
                name="contact_gone",
                condition=Q(deleted_at__isnull=False) | Q(merged_into__isnull=False),
            ),
            models.Index(
                fields=["workspace", "email"], condition=Q(merged_into__isnull=False), name="contact_merged_email"
            ),
            models.Index(
                fields=["workspace", "phone"], condition=Q(merged_into__isnull=False), name="contact_merged_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or str(_("Contact without a name"))

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_phone_only(self) -> bool:
        return bool(self.phone) and not self.email


class FieldType(models.TextChoices):
    TEXT = "text", _("Short text")
    LONG_TEXT = "long_text", _("Text area")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    YES_NO = "yes_no", _("Yes / no")
    CHOICE = "choice", _("Single choice")
    CHOICES = "choices", _("Multiple choice")
    RATING = "rating", _("Rating")
    URL = "url", _("Link")


class FieldGroup(models.Model):
    """A named part of the card: "Personal details". A table and not a word on each field, so that a group keeps its place and
    its fields when it is renamed. A field without a group stands first, under no heading."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="field_groups")
    name = models.CharField(_("Name of the group"), max_length=60)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        verbose_name = _("Group of fields")
        verbose_name_plural = _("Groups of fields")
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", Lower("name"), name="field_group_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="field_group_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class IndexState(models.TextChoices):
    """How far the index of a filterable field is: crm.contacts.indexing moves it."""

    NONE = "", _("Not needed")
    WANTED = "wanted", _("Being built")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    def active(self) -> CustomFieldQuerySet:
        return self.filter(archived_at=None)


class CustomField(models.Model):
    """A question a business asks of every contact. Its id is for ever; its label may change.

    `options` is [{"id": "o1", "label": "…"}]: answers keep the id, so renaming an option keeps them. `key` names a starter
    field (gender, birth_date, area, education, hobbies, status) that the product itself refers to.

    `required` binds people who fill in forms, never the API or an import, whose people may know less. `default` is a stored
    value: what a new contact gets where nothing was said. `is_sensitive` is masked until somebody asks, which is audited.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="custom_fields")
    label = models.CharField(_("Title of the field"), max_length=100)
    type = models.CharField(_("Type of field"), max_length=10, choices=FieldType)
    key = models.SlugField(max_length=40, null=True, blank=True)
    help_text = models.CharField(_("Explanation"), max_length=200, blank=True)
    options = models.JSONField(default=list, blank=True)
    rating_max = models.PositiveSmallIntegerField(_("Highest rating"), default=5)
    low_label = models.CharField(_("Words for the lowest rating"), max_length=60, blank=True)
    high_label = models.CharField(_("Words for the highest rating"), max_length=60, blank=True)
    group = models.ForeignKey(
        FieldGroup, models.SET_NULL, null=True, blank=True, related_name="fields", verbose_name=_("Group of fields")
    )
    required = models.BooleanField(_("Must be filled in"), default=False)
    default = models.JSONField(_("What a new contact gets"), null=True, blank=True)
    is_sensitive = models.BooleanField(_("Sensitive"), default=False)
    is_filterable = models.BooleanField(_("Fast to filter"), default=False)
    index_state = models.CharField(max_length=6, choices=IndexState, default=IndexState.NONE, blank=True)
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "id"]
        verbose_name = _("Custom field")
        verbose_name_plural = _("Custom fields")
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", Lower("label"), name="field_label_once"),
            models.UniqueConstraint(fields=["workspace", "key"], name="field_key_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def storage_key(self) -> str:
        return f"f{self.pk}"


class List(models.Model):
    """What people join and leave."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="lists")
    name = models.CharField(_("Name of the list"), max_length=100)
    description = models.CharField(_("What people get by joining"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)
    contacts: models.ManyToManyField[Contact, Subscription] = models.ManyToManyField(
        Contact, through="Subscription", related_name="lists"
    )

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("List")
        verbose_name_plural = _("Lists")
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", Lower("name"), condition=Q(deleted_at=None), name="list_name_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="list_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """A contact on a list, now or once. Leaving keeps the row, so that nothing re-subscribes them silently."""

    class Status(models.TextChoices):
        JOINED = "joined", _("On the list")
        LEFT = "left", _("Left the list")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    list = models.ForeignKey(List, models.CASCADE, related_name="subscriptions")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="subscriptions")
    status = models.CharField(max_length=6, choices=Status, default=Status.JOINED)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "contact"], name="subscription_once")]
        indexes: ClassVar = [models.Index(fields=["contact", "list"], name="subscription_of_contact")]

    def __str__(self) -> str:
        return f"{self.contact_id} on {self.list_id}: {self.status}"


class Tag(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tags")
    name = models.CharField(_("Name of the tag"), max_length=60)
    created_at = models.DateTimeField(default=timezone.now)
    contacts: models.ManyToManyField[Contact, ContactTag] = models.ManyToManyField(
        Contact, through="ContactTag", related_name="tags"
    )

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("Tag")
        verbose_name_plural = _("Tags")
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", Lower("name"), name="tag_name_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="tag_in_workspace"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Rules name tags, so another name changes what they mean for everybody."""
        is_new = self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if not is_new:
                mentioning.redefined(self.workspace, "tag:")

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            mentioning.redefined(self.workspace, "tag:")
            return super().delete(*args, **kwargs)

    def __str__(self) -> str:
        return self.name


class ContactTag(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="contact_tags")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="contact_tags")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tag", "contact"], name="contact_tag_once")]
        indexes: ClassVar = [models.Index(fields=["contact", "tag"], name="tag_of_contact")]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.tag_id}"


class Headcount(models.Model):
    """What statements added to a count of people, written by triggers; crm.contacts.counting reads and adds them up.

    `what` is alive, phone (alive without e-mail), bin; or list, left, tag with the id of that as `subject_id`, whether or not
    the person is alive. `since` is the quarter of an hour in which the living joined; older ones have none.
    """

    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    what = models.CharField(max_length=5)
    subject_id = models.BigIntegerField(default=0)
    since = models.DateTimeField(null=True)
    delta = models.IntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["workspace", "what", "subject_id", "since"], name="headcount_of_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.subject_id}: {self.delta:+}"


class DuplicateSuggestion(models.Model):
    """Two contacts who may be one person: found by the clock, decided by a member. `one` has the smaller id.

    A pair that was decided ("two people") stays as a row, so that it is never suggested again.
    """

    class Reason(models.TextChoices):
        PHONE = "phone", _("The same phone")
        EMAIL = "email", _("The same e-mail in another spelling")
        CHANNELS = "channels", _("The same name, one by phone and one by e-mail")
        NAME = "name", _("A similar name in the same area")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="duplicate_suggestions")
    one = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    other = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=8, choices=Reason, blank=True)
    found_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)  # an actor, as in events

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["one", "other"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="duplicate_pair_in_order"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "reason", "id"], condition=Q(decided_at=None), name="duplicate_open")
        ]

    def __str__(self) -> str:
        return f"{self.one_id} ~ {self.other_id}"


class DuplicateSearch(models.Model):
    """When a business was last searched for duplicates."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="duplicate_search")
    finished_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.finished_at:%Y-%m-%d %H:%M}"


def storage_key(field_id: Any) -> str:
    return f"f{int(field_id)}"
