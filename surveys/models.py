from __future__ import annotations

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.content.models import Document
from crm.contacts.models import Contact, CustomField, FieldType
from crm.workspaces.models import User, Workspace

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _letter in range(10))


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

    class Access(models.TextChoices):
        INVITED = "invited", _("Only by a personal link")
        NAMED = "named", _("Whoever says an e-mail address or a phone number")
        ANYBODY = "anybody", _("Anybody, once in each browser")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="surveys")
    name = models.CharField(_("Name of the survey"), max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=6, choices=Status, default=Status.DRAFT)
    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)  # its address: /s/<code>/
    language = models.CharField(_("Language"), max_length=2, default="he")
    second_language = models.CharField(_("Second language"), max_length=2, blank=True)
    access = models.CharField(_("Who can answer"), max_length=7, choices=Access, default=Access.NAMED)
    is_editable = models.BooleanField(_("Answers can be changed until the survey closes"), default=False)
    intro = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    thanks = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    second_name = models.CharField(_("Name in the second language"), max_length=100, blank=True, default="")
    second_intro = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    second_thanks = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    slice_low = models.PositiveSmallIntegerField(null=True, blank=True)  # the ends of the slices that the owner keeps
    slice_high = models.PositiveSmallIntegerField(null=True, blank=True)
    template = models.CharField(max_length=40, blank=True)  # the ready-made survey it was made from
    opens_at = models.DateTimeField(_("Opens by itself"), null=True, blank=True)
    closes_at = models.DateTimeField(_("Closes by itself"), null=True, blank=True)
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

    @property
    def language_name(self) -> str:
        return str(dict(settings.LANGUAGES).get(self.language, self.language))

    @property
    def second_language_name(self) -> str:
        return str(dict(settings.LANGUAGES).get(self.second_language, ""))

    def name_in(self, language: str) -> str:
        """What was not translated stays as it is."""
        return (self.second_name if language == self.second_language else "") or self.name

    def text_in(self, part: str, language: str) -> Document | None:
        """`part` is "intro" or "thanks"."""
        own = getattr(self, f"second_{part}") if language == self.second_language else None
        found: Document | None = own or getattr(self, part)
        return found

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN and self.deleted_at is None

    @property
    def is_fixed(self) -> bool:
        """Opened once: what an anonymous survey asks, and the kind of any, can change no more."""
        return self.opened_at is not None


class AskedManager(models.Manager["Question"]):
    def get_queryset(self) -> models.QuerySet[Question]:
        return super().get_queryset().filter(removed_at=None)


class Question(models.Model):
    """`options` as a custom field's: [{"id": "o1", "label": "…"}]. `field` is where an identified answer stands on the card.

    `words` are those of the second language: {"label", "help_text", "section", "low_label", "high_label", "options": {}}.
    `shown_if` is a rule over the answers before it. `section`, where it is not empty, begins a new part above the question.
    One taken out of a draft waits in `with_removed` to be put back, and is met by nobody: `objects` does not have it.
    """

    class Policy(models.TextChoices):
        ALWAYS = "always", _("The answer replaces what the card says")
        IF_EMPTY = "if_empty", _("The answer is kept only where the card says nothing")
        APPEND = "append", _("The answer is added to what the card says")
        NEWEST = "newest", _("Whatever was said last stays")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(_("Question"), max_length=200)
    type = models.CharField(_("Kind of answer"), max_length=10, choices=FieldType)
    help_text = models.CharField(_("Explanation"), max_length=200, blank=True)
    section = models.CharField(_("Part of the survey"), max_length=100, blank=True)
    is_required = models.BooleanField(_("Must be answered"), default=False)
    shown_if = models.JSONField(default=dict, blank=True)
    words = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=list, blank=True)
    rating_max = models.PositiveSmallIntegerField(default=5)
    low_label = models.CharField(max_length=60, blank=True)
    high_label = models.CharField(max_length=60, blank=True)
    field = models.ForeignKey(CustomField, models.PROTECT, null=True, blank=True, related_name="+")
    policy = models.CharField(_("On the card"), max_length=8, choices=Policy, default=Policy.ALWAYS)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = AskedManager()
    with_removed = models.Manager["Question"]()

    class Meta:
        ordering: ClassVar = ["position", "id"]
        verbose_name = _("Question")
        verbose_name_plural = _("Questions")

    def __str__(self) -> str:
        return self.label


class SealedAnswer(models.Model):
    """One person's answers on their way to being counted: who and what, sealed together, and nothing beside them.

    Its primary key is the token: no number, no time, no order but that of the disk, and all rows of a survey are one size.
    Once counted, the envelope is emptied and its token stays until the survey closes, so that nobody counts twice.
    """

    pk = models.CompositePrimaryKey("survey_id", "token")
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+", db_index=False)
    token = models.BinaryField(max_length=32)
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["survey"], condition=models.Q(sealed__isnull=False), name="sealed_waiting"),
        ]

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


class Response(models.Model):
    """One contact's answers to an identified survey: {question id: value as stored}, those of a half-filled page too.

    `times` counts how often it was completed: a score, an event and a reply belong to one completion each.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="responses")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="responses")
    answers = models.JSONField(default=dict)
    source = models.CharField(max_length=10, default="page")  # page, landing, api
    started_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)
    times = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "contact"], name="response_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="response_in_workspace"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["contact", "survey"], name="response_of_contact"),
            models.Index(fields=["survey", "-completed_at"], name="response_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.survey_id}"

    @property
    def is_complete(self) -> bool:
        return self.completed_at is not None


class Score(models.Model):
    """A number made of the answers of one survey, written into a number field of the card.

    `settled_to` is the last response that counting anew has been through; None when none is asked for.
    `parts` are [{"question": id, "weight": 1, "points": {"o1": 3}}]: a rating or a number counts itself, an option its points.
    """

    class Method(models.TextChoices):
        SUM = "sum", _("Sum")
        AVERAGE = "average", _("Average")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="scores")
    name = models.CharField(_("Name of the score"), max_length=100)
    method = models.CharField(_("How it is made"), max_length=7, choices=Method, default=Method.SUM)
    parts = models.JSONField(default=list)
    field = models.ForeignKey(CustomField, models.PROTECT, related_name="+")
    settled_to = models.BigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "id"], name="score_in_workspace")]

    def __str__(self) -> str:
        return self.name


class Band(models.Model):
    """A stretch of a score with a name, both ends included. Bands may leave gaps; where two overlap, the first counts."""

    class Tone(models.TextChoices):
        LOW = "low", _("Low")
        MIDDLING = "middling", _("Middling")
        HIGH = "high", _("High")

    score = models.ForeignKey(Score, models.CASCADE, related_name="bands")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("Name of the band"), max_length=60)
    tone = models.CharField(max_length=8, choices=Tone, default=Tone.MIDDLING)
    lowest = models.FloatField(_("From"))
    highest = models.FloatField(_("To"))

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(lowest__lte=models.F("highest")), name="band_is_a_stretch")
        ]

    def __str__(self) -> str:
        return self.name


class ScoreResult(models.Model):
    """What one completion scored: the history of a score. The current one stands in the card's field."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    score = models.ForeignKey(Score, models.CASCADE, related_name="results")
    response = models.ForeignKey(Response, models.CASCADE, related_name="results")
    times = models.PositiveIntegerField()  # of the response
    value = models.FloatField()
    band = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["score", "response", "times"], name="score_result_once")
        ]

    def __str__(self) -> str:
        return f"{self.score_id}: {self.value}"
