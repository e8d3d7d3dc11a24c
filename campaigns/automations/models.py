from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.workspaces.models import User, Workspace


class Automation(models.Model):
    """What happens by itself: when it starts, and the steps that follow. `draft` is the flow being edited (see flow.py).

    People walk through versions, which never change; `version` is the one that new people enter. `gathering` is what is left of
    letting in people who qualified before it was switched on: {"rule": .., "up_to": id, "until": id}.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Not switched on yet")
        ON = "on", _("Running")
        PAUSED = "paused", _("Paused")
        OFF = "off", _("Switched off")

    MOVING: ClassVar = ("on", "off")  # people inside go on; after switching off nobody enters

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="automations")
    name = models.CharField(_("Name of the automation"), max_length=100)
    status = models.CharField(max_length=6, choices=Status, default=Status.DRAFT)
    draft = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    taken_out = models.JSONField(default=list, blank=True)  # the last steps taken out of the draft: [{"step", "at"}]
    version = models.ForeignKey("Version", models.SET_NULL, null=True, blank=True, related_name="+")
    gathering = models.JSONField(null=True, blank=True)
    looped_at = models.DateTimeField(null=True, blank=True)  # when it was last stopped from going round in circles
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    switched_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        verbose_name = _("Automation")
        verbose_name_plural = _("Automations")
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "id"], name="automation_in_workspace")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return self.status == self.Status.ON

    @property
    def is_changed(self) -> bool:
        """Whether the draft says something else than what runs."""
        return self.version is None or self.version.flow != self.draft


class Version(models.Model):
    """A flow as it was switched on. Whoever entered it walks it to its end, unless the owner moves them."""

    automation = models.ForeignKey(Automation, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    flow = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["automation", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.automation_id}/{self.number}"


class Enrolment(models.Model):
    """One walk of one contact. `step` is where they stand and `due_at` when they go on; "" is the end.

    `occasion` names what let them in, so that the same thing lets nobody in twice. `woken` holds the event that a wait hoped
    for. `depth` counts the automations that led here, one by another.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("On the way")
        DONE = "done", _("Finished")
        LEFT = "left", _("Left on the way")
        STUCK = "stuck", _("Needs attention")

    class Reason(models.TextChoices):
        """Why somebody left before the end, or finished early."""

        GOAL = "goal", _("Reached the goal")
        STOPPED = "stopped", _("A step ended the journey")
        ROBOT = "robot", _("It was a robot that opened or clicked")
        REMOVED = "removed", _("No longer in the contacts")
        BY_HAND = "by_hand", _("Taken out by hand")
        OTHER = "other", _("Taken out by another automation")
        CHANGED = "changed", _("Their step was removed")
        OFF = "off", _("The automation was switched off")
        MERGED = "merged", _("The same person is in it already")

    INSIDE: ClassVar = (State.ACTIVE, State.STUCK)

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    automation = models.ForeignKey(Automation, models.CASCADE, related_name="enrolments", db_index=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="enrolments", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="enrolments", db_index=False)
    occasion = models.CharField(max_length=60)
    is_alone = models.BooleanField(default=True)  # no second walk of this contact meanwhile
    state = models.CharField(max_length=6, choices=State, default=State.ACTIVE)
    reason = models.CharField(max_length=7, choices=Reason, default="", blank=True)
    step = models.CharField(max_length=8, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    woken = models.BigIntegerField(null=True, blank=True)
    event = models.BigIntegerField(null=True, blank=True)  # that let them in
    event_at = models.DateTimeField(null=True, blank=True)
    is_doubted = models.BooleanField(
        default=False
    )  # whether a robot did what let them in is asked before the first step
    depth = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=200, default="", blank=True)
    entered_at = models.DateTimeField()
    arrived_at = models.DateTimeField()  # at the step where they stand
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-entered_at", "-id"]
        verbose_name = _("Enrolment")
        verbose_name_plural = _("Enrolments")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["automation", "contact", "occasion"], name="enrolment_once"),
            models.UniqueConstraint(
                fields=["automation", "contact"],
                condition=Q(is_alone=True, state__in=["active", "stuck"]),
                name="enrolment_alone",
            ),
            models.UniqueConstraint(fields=["workspace", "id"], name="enrolment_in_workspace"),
            models.CheckConstraint(
                condition=Q(state="active", due_at__isnull=False) | (~Q(state="active") & Q(due_at=None)),
                name="enrolment_active_is_due",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "stuck"], ended_at=None)
                | (~Q(state__in=["active", "stuck"]) & Q(ended_at__isnull=False)),
                name="enrolment_over_has_an_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(state="active"), name="enrolment_due"),
            models.Index(
                fields=["version", "step"], condition=Q(state__in=["active", "stuck"]), name="enrolment_at_step"
            ),
            models.Index(fields=["contact"], name="enrolment_of_contact"),
            models.Index(fields=["automation", "-id"], name="enrolment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.automation_id}: {self.state}"


class Passage(models.Model):
    """A step that a walk has been through: what it did (`outcome`) and why (`detail`). The proof that it is done once."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        SAME = "same", _("Nothing to change")
        REFUSED = "refused", _("Not done")
        PATH = "path", _("Chose a path")

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="passages", db_index=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="+", db_index=False)
    step = models.CharField(max_length=8)
    outcome = models.CharField(max_length=7, choices=Outcome, default=Outcome.DONE)
    path = models.CharField(max_length=8, default="", blank=True)
    detail = models.JSONField(default=dict)
    arrived_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["enrolment", "step"], name="passage_once")]
        indexes: ClassVar = [models.Index(fields=["version", "step", "-id"], name="passage_of_step")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} through {self.step}"


class Errand(models.Model):
    """What a step asks to be done outside of the database: a mail to a member, a call to another system. Written in the
    engine's transaction, done afterwards (doing.py), at least once and by the same key. `payload` is emptied then."""

    class Kind(models.TextChoices):
        NOTIFY = "notify", _("Mail to a member")
        WEBHOOK = "webhook", _("Call to another system")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        PARKED = "parked", _("Needs attention")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="errands", db_index=False)
    step = models.CharField(max_length=8)
    kind = models.CharField(max_length=7, choices=Kind)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    answer = models.CharField(max_length=200, default="", blank=True)  # what was said when it was last tried
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Errand")
        verbose_name_plural = _("Errands")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "step"], name="errand_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="errand_in_workspace"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at", "id"], condition=Q(state="waiting"), name="errand_waiting"),
            models.Index(fields=["workspace", "-id"], condition=Q(state="parked"), name="errand_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.enrolment_id}: {self.state}"

    @property
    def key(self) -> str:
        """The same however often it is tried."""
        return f"{self.enrolment_id}-{self.step}"


class Day(models.Model):
    """A local day whose birthdays and dates an automation has let in already."""

    automation = models.ForeignKey(Automation, models.CASCADE, related_name="days", db_index=False)
    place = models.PositiveSmallIntegerField()  # of the trigger among the flow's triggers
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["automation", "place", "day"], name="day_once")]

    def __str__(self) -> str:
        return f"{self.automation_id} {self.day}"
