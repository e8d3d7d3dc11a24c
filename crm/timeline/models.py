from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Xid8Field(models.BigIntegerField):
    """PostgreSQL's 64-bit transaction id; filled by the database, read as an int."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def select_format(self, compiler: object, sql: str, params: list[object]) -> tuple[str, list[object]]:
        return f"({sql})::text::bigint", params


class CurrentXid(models.Func):
    template = "pg_current_xact_id()"
    output_field = Xid8Field()


class Verdict(models.TextChoices):
    HUMAN = "human", _("Person")
    ROBOT = "robot", _("Robot")
    UNKNOWN = "unknown", _("Not known")


class EventQuerySet(models.QuerySet["Event"]):
    def people(self) -> EventQuerySet:
        """Without robots: what every number on a screen counts first."""
        return self.exclude(verdict=Verdict.ROBOT)


class Event(models.Model):
    """One thing that happened. Partitioned by month of `occurred_at`; nothing refers to it; only the verdict may change.

    A web event carries a visitor, a fact carries a contact; who the visitor is, is asked at query time.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("crm.Workspace", models.DO_NOTHING, db_constraint=False, db_index=False)
    contact = models.ForeignKey(
        "crm.Contact", models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="events"
    )
    visitor = models.ForeignKey("crm.Visitor", models.DO_NOTHING, null=True, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=20, default="", blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    subject_label = models.CharField(max_length=200, default="", blank=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=100, default="", blank=True)
    medium = models.CharField(max_length=100, default="", blank=True)
    campaign = models.CharField(max_length=100, default="", blank=True)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    properties = models.JSONField(default=dict, blank=True)
    actor = models.CharField(max_length=40, default="", blank=True)
    verdict = models.CharField(max_length=7, choices=Verdict, default=Verdict.HUMAN)
    verdict_reason = models.CharField(max_length=60, default="", blank=True)
    recorded_at = models.DateTimeField(db_default=Now())
    xid = Xid8Field(db_default=CurrentXid(), editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        db_table = "crm_event"
        indexes: ClassVar = [
            models.Index(fields=["contact", "-occurred_at"], name="event_of_contact"),
            models.Index(fields=["visitor", "-occurred_at"], name="event_of_visitor"),
            models.Index(fields=["workspace", "kind", "subject_id", "occurred_at"], name="event_by_kind"),
            models.Index(fields=["xid", "id"], name="event_in_commit_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d %H:%M}"


class EventCursor(models.Model):
    """How far a consumer has read. Moves in the same transaction as what the consumer wrote."""

    name = models.CharField(max_length=60, primary_key=True)
    xid = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
