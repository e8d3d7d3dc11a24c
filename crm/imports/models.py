from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.workspaces.models import User, Workspace

UNDO_DAYS = 30  # so long an import can be undone, and so long its file and rows are kept


class ImportQuerySet(models.QuerySet["Import"]):
    def waiting(self) -> ImportQuerySet:
        """What a worker has something to do for."""
        return self.filter(status__in=Import.WORKING).order_by("asked_at", "pk")


class Import(models.Model):
    """One file of one business on its way in. `status` says where it stands; only verbs move it.

    Rows have numbers from 1 in the order of the file, without titles and empty lines. `rows_read` counts what was staged,
    `rows_checked` what the dry run has seen, `rows_done` is a watermark: exactly the rows up to it are applied. An undo
    moves it down again, to 0.
    """

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting for your choices")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked, nothing was changed yet")
        RUNNING = "running", _("Importing")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Done")
        UNDOING = "undoing", _("Undoing")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")

    WORKING = (Status.CHECKING, Status.RUNNING, Status.UNDOING)

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="imports")
    name = models.CharField(_("File"), max_length=200)
    status = models.CharField(max_length=8, choices=Status, default=Status.UPLOADED)
    size = models.BigIntegerField(default=0)  # bytes
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the file, to say "you imported this before"
    shape = models.JSONField(default=dict)  # how the file is read; see crm.imports.reading
    headers = models.JSONField(default=list)  # ["E-mail", ...], a title for every column
    plan = models.JSONField(default=dict)  # what becomes of each column; see crm.imports.planning
    tallies = models.JSONField(default=dict)  # {"checked": {...}, "done": {...}, "undone": {...}}; see tallying
    rows_read = models.PositiveIntegerField(default=0)
    rows_checked = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    share_read = models.FloatField(default=0)  # 0..1 of the file, while nobody knows how many rows it has
    read_at = models.DateTimeField(null=True, blank=True)  # when the last row was staged
    worker = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)  # on the clock of the database
    fault = models.TextField(blank=True)  # why it failed, in the language of the business
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(default=timezone.now)  # when the present work was asked for
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)  # the file and the rows are gone, the figures stay

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name = _("Import")
        verbose_name_plural = _("Imports")
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "id"], name="import_in_workspace")]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-created_at"], name="import_newest"),
            models.Index(
                fields=["asked_at"],
                condition=Q(status__in=["checking", "running", "undoing"]),
                name="import_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_working(self) -> bool:
        return self.status in self.WORKING

    @property
    def can_be_planned(self) -> bool:
        """Nothing was changed yet, so the file may be read otherwise and its columns mean something else."""
        return self.status in (self.Status.UPLOADED, self.Status.CHECKED, self.Status.FAILED) and not (
            self.rows_done or self.started_at or self.purged_at
        )

    @property
    def can_be_started(self) -> bool:
        return self.status == self.Status.CHECKED and not self.purged_at

    @property
    def can_be_stopped(self) -> bool:
        return self.status in (self.Status.CHECKING, self.Status.RUNNING)

    @property
    def can_be_resumed(self) -> bool:
        began_undo = "undone" in self.tallies  # then it can only be undone to its end
        is_halted = self.status in (self.Status.STOPPED, self.Status.FAILED)
        return is_halted and bool(self.plan) and not began_undo and not self.purged_at

    @property
    def undo_until(self) -> Any:
        """The last moment of an undo; None for what never began."""
        begun = self.finished_at or self.started_at
        return begun + timedelta(days=UNDO_DAYS) if begun else None

    @property
    def can_be_undone(self) -> bool:
        settled = self.status in (self.Status.DONE, self.Status.STOPPED, self.Status.FAILED)
        return settled and self.rows_done > 0 and not self.purged_at and timezone.now() <= self.undo_until

    @property
    def progress(self) -> int:
        """Per cent of the present work, 0..100. Checking is two halves: reading, then comparing."""
        if self.status == self.Status.CHECKING:
            compared = self.rows_checked / self.rows_read if self.read_at and self.rows_read else 0
            return int(50 * (1 if self.read_at else min(self.share_read, 1)) + 50 * compared)
        if self.status in (self.Status.RUNNING, self.Status.STOPPED) and self.started_at:
            return 100 * self.rows_done // self.rows_read if self.rows_read else 100
        if self.status == self.Status.UNDOING:
            applied = sum(self.tallies.get("done", {}).get("rows", {}).values()) or self.rows_read
            return 100 - 100 * self.rows_done // applied if applied else 100
        return 100


class ImportPart(models.Model):
    """A piece of the file's bytes, 1 MB each: hosts share nothing but the database, and a dump holds it all."""

    importing = models.ForeignKey(Import, models.CASCADE, related_name="parts", db_column="import_id")
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["importing", "position"], name="import_part_once")]

    def __str__(self) -> str:
        return f"{self.importing_id}/{self.position}"


class ImportRow(models.Model):
    """A row of the file as it was read and understood. Written once, when it is staged; nothing updates it but erasing.

    `cells` are the texts of the file; `said` what they mean by target ({"first_name": "דנה", "f12": 4, "tags": ["vip"]}).
    A row that cannot be understood has `refused` and no `said`; `reasons` say why: [{"column": 2, "code": "invalid"}].
    """

    importing = models.ForeignKey(Import, models.CASCADE, related_name="rows", db_column="import_id", db_index=False)
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField(default=0)  # the number a spreadsheet shows
    cells = models.JSONField(default=list)
    said = models.JSONField(default=dict)
    email = models.CharField(max_length=254, null=True, blank=True)
    phone = models.CharField(max_length=16, null=True, blank=True)
    match = models.TextField(null=True, blank=True)  # the custom field of a plan that matches by one, as JSON text
    reasons = models.JSONField(default=list)
    refused = models.BooleanField(default=False)
    again = models.BooleanField(default=False)  # another row of the file is, or may be, the same person

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["importing", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return f"{self.importing_id}:{self.number}"


class ImportEffect(models.Model):
    """What one row did, once. Written in the transaction that did it; an undo reads `before` and notes what it could do.

    `before` is {"set": {"f12": [old, new]}, "lists": [ids joined], "tags": [ids added], "consents": [[id, id before]],
    "blocked": "hash in hex", "back": {...} of one brought back from the bin}; absent parts did not happen.
    """

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        UPDATED = "updated", _("Updated")
        UNCHANGED = "unchanged", _("Unchanged")
        REFUSED = "refused", _("Refused")

    class Undone(models.TextChoices):
        RESTORED = "restored", _("As it was before")
        PARTLY = "partly", _("Restored but for what was edited since")
        BINNED = "binned", _("Moved to the bin")
        KEPT = "kept", _("Stays, because something happened since")
        NOTHING = "nothing", _("Nothing to undo")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    importing = models.ForeignKey(
        Import, models.CASCADE, related_name="effects", db_column="import_id", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, db_constraint=False
    )
    outcome = models.CharField(max_length=9, choices=Outcome)
    reasons = models.JSONField(default=list)  # as of a row: why it was refused, or what to know of it
    before = models.JSONField(default=dict)
    undone = models.CharField(max_length=8, choices=Undone, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["importing", "number"], name="import_effect_once")]
        indexes: ClassVar = [
            models.Index(fields=["contact"], condition=Q(contact__isnull=False), name="import_effect_of_contact"),
            models.Index(
                fields=["importing", "outcome", "number"],
                condition=Q(outcome="refused") | Q(undone__in=["kept", "partly"]),
                name="import_effect_to_show",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.importing_id}:{self.number} {self.outcome}"
