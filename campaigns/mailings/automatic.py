"""Mailings that automations send: started once without an audience, and open for as long as nobody cancels them.

Each person is added by name of what brought them (`occasion`), so the same person may get the mail again another time and
never twice for the same thing. Who may be written to is asked as of every mailing; whoever may not gets a row with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.mailings import audience, planning
from campaigns.mailings.models import Delivery, Mailing
from crm.contacts.models import Contact
from crm.workspaces.models import Workspace

Status, State = Mailing.Status, Delivery.State
OPEN = (Status.SENDING, Status.PAUSED)
MOST, MOST_DAYS = 100, 366

# Mails that went out or still may: what was skipped, cancelled or came back was no burden to anybody.
LATELY_SQL = """
SELECT contact_id, count(*) FROM campaigns_delivery
WHERE contact_id = ANY(%s) AND (state IN ('queued', 'claimed', 'sending', 'deferred')
    OR state IN ('accepted', 'uncertain') AND finished_at > %s)
GROUP BY contact_id
"""
QUEUE_SQL = """
WITH said AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS s(contact_id, occasion, told)
), judged AS (
    SELECT c.id, c.email, s.occasion, CASE s.told WHEN '' THEN {reason} ELSE s.told END AS reason
    FROM said s JOIN crm_contact c ON c.id = s.contact_id AND c.workspace_id = %s
        AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
)
INSERT INTO campaigns_delivery (workspace_id, mailing_id, contact_id, occasion, address, state, skip_reason, attempts,
    worker, next_try_at, reply_text, failure, finished_at)
SELECT %s, %s, id, occasion, coalesce(email, ''), CASE reason WHEN '' THEN 'queued' ELSE 'skipped' END, reason, 0,
    '', %s::timestamptz, '', '', CASE reason WHEN '' THEN NULL ELSE %s::timestamptz END
FROM judged ORDER BY id, occasion ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` mails of any kind within `days`."""

    most: int
    days: int


def offered(workspace: Workspace) -> QuerySet[Mailing]:
    """The mailings an automation may send: drafts, and those that automations send already."""
    rows = Mailing.objects.filter(workspace=workspace, deleted_at=None)
    return rows.filter(Q(status=Status.DRAFT) | Q(is_automatic=True, status__in=OPEN)).order_by("name", "pk")


def problems(mailing: Mailing) -> list[str]:
    """What stands in the way of its being sent by an automation, in plain words."""
    if mailing.is_automatic and mailing.status in OPEN and not mailing.deleted_at:
        return []
    if mailing.deleted_at or mailing.status != Status.DRAFT:
        return [
            _("The mailing “%(name)s” was sent or cancelled already. Choose a copy of it.") % {"name": mailing.name}
        ]
    return [problem.text for problem in planning.problems(mailing, is_automatic=True)]


@transaction.atomic
def start(mailing: Mailing) -> Mailing:
    """Freezes what is sent, once; one that is open already stays as it is. Raises ValidationError with all problems."""
    mailing = planning.held(mailing)
    if found := problems(mailing):
        raise ValidationError([ValidationError(words, code="mailing") for words in found])
    if not mailing.is_automatic:
        planning.compile_into(mailing)
        mailing.is_automatic, mailing.status, mailing.started_at = True, Status.SENDING, timezone.now()
        mailing.save(update_fields=["compiled", "is_automatic", "status", "started_at", "updated_at"])
    return mailing


def held_open(workspace: Workspace, pk: int) -> Mailing | None:
    """The mailing, where it is open; it is not cancelled before the end of the transaction."""
    rows = Mailing.objects.filter(workspace=workspace, pk=pk, is_automatic=True, status__in=OPEN, deleted_at=None)
    sql, parameters = rows.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE", parameters)
        is_open = cursor.fetchone() is not None
    return rows.defer("compiled").select_related("workspace").get(pk=pk) if is_open else None


def queue(
    mailing: Mailing, people: Sequence[tuple[int, str]], *, now: datetime, cap: Cap | None = None
) -> Mapping[tuple[int, str], Delivery]:
    """Adds (contact, occasion) to an open mailing; returns the row of each, also of those who had one already. Call in a
    transaction, with contacts ascending."""
    told = _too_many([pk for pk, _occasion in people], cap, now) if cap else [""] * len(people)
    reason, reasons = audience.reason(mailing)
    contacts, occasions = [pk for pk, _occasion in people], [occasion for _pk, occasion in people]
    parameters: list[Any] = [
        contacts, occasions, told, *reasons, mailing.workspace_id, mailing.workspace_id, mailing.pk, now, now,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_SQL.format(reason=reason), parameters)
    rows = Delivery.objects.filter(mailing=mailing, occasion__in=occasions, contact__in=contacts)
    return {(row.contact_id or 0, row.occasion): row for row in rows}


def _too_many(contacts: Sequence[int], cap: Cap, now: datetime) -> list[str]:
    """A skip reason for each who has got enough, in the order given. Their rows are held, so that two steps that write to the
    same person at once do not both count before either wrote."""
    list(Contact.objects.filter(pk__in=contacts).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(LATELY_SQL, [list(set(contacts)), now - timedelta(days=cap.days)])
        lately = dict(cursor.fetchall())
    told = []
    for pk in contacts:
        is_enough = lately.get(pk, 0) >= cap.most
        lately[pk] = lately.get(pk, 0) + (not is_enough)
        told.append(str(Delivery.Skip.TOO_MANY) if is_enough else "")
    return told
