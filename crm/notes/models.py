from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.workspaces.models import Membership, User, Workspace

NOTE_LENGTH, TITLE_LENGTH = 5000, 200


class Note(models.Model):
    """What a member, or an integrator's key (no `author`), wrote down about a person. A deleted one waits for its undo."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="notes")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="notes")
    text = models.TextField(_("Note"), max_length=NOTE_LENGTH)
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = [F("pinned_at").desc(nulls_last=True), "-created_at", "-id"]
        verbose_name = _("Note")
        verbose_name_plural = _("Notes")
        indexes: ClassVar = [models.Index("contact", F("created_at").desc(), name="note_of_contact")]

    def __str__(self) -> str:
        return self.text[:60]


class TaskQuerySet(models.QuerySet["Task"]):
    def kept(self) -> TaskQuerySet:
        """Neither deleted nor of a person who is in the bin or merged away."""
        return self.filter(deleted_at=None, contact__deleted_at=None, contact__merged_into=None)

    def open(self) -> TaskQuerySet:
        """What waits, by the day and hour it is due; a day without an hour comes before its hours."""
        return self.kept().filter(done_at=None).order_by("due_on", F("due_time").asc(nulls_first=True), "id")

    def done(self) -> TaskQuerySet:
        return self.kept().filter(done_at__isnull=False).order_by("-done_at", "-id")


class Task(models.Model):
    """Something a member means to do for a person, on a day, perhaps at an hour of the business's clock.

    `reminder` says when a mail reminds whoever does it; `remind_at` is that moment, `reminded_at` that it went.
    """

    class Reminder(models.TextChoices):
        NONE = "", _("Without a reminder")
        AT = "at", _("When it is due")
        HOUR = "hour", _("An hour before")
        DAY = "day", _("A day before, at 9:00")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tasks")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="tasks")
    title = models.CharField(_("What to do"), max_length=TITLE_LENGTH)
    due_on = models.DateField(_("On the day"))
    due_time = models.TimeField(_("At the hour"), null=True, blank=True)
    assignee = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Who does it")
    )
    reminder = models.CharField(_("Reminder"), max_length=4, choices=Reminder, default=Reminder.NONE, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("Task")
        verbose_name_plural = _("Tasks")
        indexes: ClassVar = [
            models.Index(
                "workspace", "due_on", "due_time", "id", name="task_waiting", condition=Q(done_at=None, deleted_at=None)
            ),
            models.Index("workspace", F("done_at").desc(), name="task_done", condition=Q(done_at__isnull=False)),
            models.Index("contact", "due_on", name="task_of_contact"),
            models.Index(
                "remind_at",
                name="task_to_remind",
                condition=Q(remind_at__isnull=False, reminded_at=None, done_at=None, deleted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_late(self, now: datetime) -> bool:
        """`now` in the business's zone."""
        if self.done_at or self.due_on > now.date():
            return False
        return self.due_on < now.date() or (self.due_time is not None and self.due_time < now.time())

    def is_today(self, today: date) -> bool:
        return self.due_on == today
