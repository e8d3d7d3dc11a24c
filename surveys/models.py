from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact, CustomField, FieldType
from crm.workspaces.models import User, Workspace


class Survey(models.Model):
    """`key` and `sealed_size` are the anonymous kind's: the wrapped key of its waiting answers, gone at close, and how many
    bytes each of them is padded to. The kind is fixed at the first opening."""

    class Kind(models.TextChoices):
        IDENTIFIED = "identified", _("Personal survey")
        ANONYMOUS = "anonymous", _("Anonymous survey")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="surveys")
    name = models.CharField(_("Name of the survey"), max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=6, choices=Status, default=Status.DRAFT)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    key = models.BinaryField(null=True, editable=False)
    sealed_size = models.PositiveIntegerField(default=0, editable=False)
    counted = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        verbose_name = _("Survey")
        verbose_name_plural = _("Surveys")
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "id"], name="survey_in_workspace")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_anonymous(self) -> bool:
        return self.kind == self.Kind.ANONYMOUS


class Question(models.Model):
    """`options` as a custom field's: [{"id": "o1", "label": "…"}]. `field` is where an identified answer stands on the card."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(_("Question"), max_length=200)
    type = models.CharField(_("Kind of answer"), max_length=10, choices=FieldType)
    is_required = models.BooleanField(_("Must be answered"), default=False)
    options = models.JSONField(default=list, blank=True)
    rating_max = models.PositiveSmallIntegerField(default=5)
    low_label = models.CharField(max_length=60, blank=True)
    high_label = models.CharField(max_length=60, blank=True)
    field = models.ForeignKey(CustomField, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["position", "id"]
        verbose_name = _("Question")
        verbose_name_plural = _("Questions")

    def __str__(self) -> str:
        return self.label


class SealedAnswer(models.Model):
    """One person's answers on their way to being counted: who and what, sealed together, and nothing beside them.

    Its primary key is the token: no number, no time, no order but that of the disk, and all rows of a survey are one size.
    """

    pk = models.CompositePrimaryKey("survey_id", "token")
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+", db_index=False)
    token = models.BinaryField(max_length=32)
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return "sealed"


class Tally(models.Model):
    """How many chose an option; the option "" counts who answered the question at all. All rows of a survey move together."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="tallies")
    question = models.ForeignKey(Question, models.CASCADE, related_name="tallies")
    option = models.CharField(max_length=20, blank=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["question", "option"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.question_id} {self.option}: {self.count}"


class Remark(models.Model):
    """What somebody wrote, apart from who and from what else they said: its number is drawn, its batch goes in shuffled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="remarks")
    question = models.ForeignKey(Question, models.CASCADE, related_name="remarks")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text[:40]


class Participation(models.Model):
    """This contact took part. Of an anonymous survey it is known in batches, each at one moment and in order of contacts."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="participations")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="participations")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "contact"], name="participation_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["contact", "survey"], name="participation_of_contact")]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.survey_id}"
