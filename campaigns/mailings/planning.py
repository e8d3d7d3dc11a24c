"""Before the first mail: who will get it and who not and why, what still stands in the way, and freezing both.

`start` compiles the document and opens the freezing; `freeze` copies the audience into deliveries, chunk by chunk. Whoever is
skipped gets a row too, with the reason. A freezing that was cut off goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.content.documents import problems as content_problems
from campaigns.mailings import audience
from campaigns.mailings.compiling import compile_mailing
from campaigns.mailings.composing import link_tokens
from campaigns.mailings.models import Delivery, Link, Mailing
from crm.workspaces.models import User

CHUNK = 5000

COUNT_SQL = """
SELECT reason, count(*), count(DISTINCT c.email) FROM (SELECT c.email, {reason} AS reason FROM crm_contact c WHERE {where}) c
GROUP BY reason
"""
FREEZE_SQL = """
WITH chunk AS (
    SELECT c.id, c.email, {reason} AS reason FROM crm_contact c WHERE {where} AND c.id > %s ORDER BY c.id LIMIT %s
), people AS (
    SELECT id, email, reason, row_number() OVER (PARTITION BY reason = '', email ORDER BY id) > 1 OR EXISTS (
        SELECT 1 FROM campaigns_delivery d WHERE d.mailing_id = %s AND d.occasion = '' AND d.address = chunk.email
            AND d.state <> 'skipped' AND d.contact_id IS DISTINCT FROM chunk.id) AS again FROM chunk
), judged AS (
    SELECT id, email, CASE WHEN reason = '' AND again THEN 'same_address' ELSE reason END AS reason FROM people
), frozen AS (
    INSERT INTO campaigns_delivery (workspace_id, mailing_id, contact_id, occasion, address, state, skip_reason, attempts,
        worker, next_try_at, reply_text, failure, finished_at)
    SELECT %s, %s, id, '', coalesce(email, ''), CASE reason WHEN '' THEN 'queued' ELSE 'skipped' END, reason, 0,
        '', %s::timestamptz, '', '', CASE reason WHEN '' THEN NULL ELSE %s::timestamptz END
    FROM judged ORDER BY id ON CONFLICT DO NOTHING
)
SELECT count(*), max(id) FROM chunk
"""


@dataclass(frozen=True, slots=True)
class Count:
    """`will_send` people; `skipped` people by reason (Delivery.Skip)."""

    will_send: int
    skipped: dict[str, int]

    @property
    def total_skipped(self) -> int:
        return sum(self.skipped.values())

    @property
    def audience(self) -> int:
        return self.will_send + self.total_skipped


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way of a start. `code`: sender, audience, content, subject."""

    code: str
    text: str


def count(mailing: Mailing) -> Count:
    """Who would get the mailing if it were started now. Writes nothing."""
    where, where_parameters = audience.where(mailing)
    reason, reason_parameters = audience.reason(mailing)
    with connection.cursor() as cursor:
        sql = COUNT_SQL.format(reason=reason, where=where)
        cursor.execute(sql, [*reason_parameters, *where_parameters])
        rows = {name: (people, addresses) for name, people, addresses in cursor.fetchall()}
    people, addresses = rows.pop("", (0, 0))
    skipped = {name: number for name, (number, _addresses) in rows.items()}
    if people > addresses:
        skipped[Delivery.Skip.SAME_ADDRESS] = people - addresses
    return Count(addresses, dict(sorted(skipped.items(), key=lambda item: -item[1])))


def problems(mailing: Mailing, *, is_automatic: bool = False) -> list[Problem]:
    """All that must be mended before the mailing may be started, in plain words. An automatic one needs no audience."""
    found: list[Problem] = []
    if not mailing.workspace.has_sender:
        words = _(
            "The law asks every mail to say who sends it. The sender's name, address or postal address is missing."
        )
        found.append(Problem("sender", words))
    if not mailing.subject.strip():
        found.append(Problem("subject", _("The mail has no subject line.")))
    if audience.is_empty(mailing.audience) and not is_automatic:
        found.append(Problem("audience", _("Nobody was chosen to receive it.")))
    found += [
        Problem("content", words) for words in content_problems(mailing.document.blocks, mailing.workspace, "mail")
    ]
    return found


@transaction.atomic
def start(mailing: Mailing, by: User | None) -> Mailing:
    """Freezes what is sent and opens the freezing of to whom. Raises ValidationError with all problems."""
    mailing = held(mailing)
    if mailing.status != Mailing.Status.DRAFT or mailing.deleted_at:
        raise ValidationError(_("The mailing was already started."), code="status")
    found = problems(mailing)
    if found:
        raise ValidationError([ValidationError(problem.text, code=problem.code) for problem in found])
    compile_into(mailing)
    mailing.status, mailing.started_at = Mailing.Status.FREEZING, timezone.now()
    mailing.save(update_fields=["compiled", "status", "started_at", "updated_at"])
    return mailing


def held(mailing: Mailing) -> Mailing:
    """The row, kept from others until the end of the transaction."""
    rows = Mailing.objects.select_for_update(of=("self",)).select_related("workspace", "document")
    return rows.get(pk=mailing.pk)


def compile_into(mailing: Mailing) -> None:
    """Freezes what is sent into `compiled`, which the caller saves."""
    compiled = compile_mailing(mailing)
    links = Link.objects.bulk_create(
        Link(workspace=mailing.workspace, mailing=mailing, **asdict(link)) for link in compiled.links
    )
    mailing.compiled = {"mail": compiled.to_json(), "links": link_tokens(mailing, links)}


def freeze(mailing_id: int, *, chunk: int = CHUNK) -> bool:
    """One chunk of the audience; the last one opens the sending. False when there is nothing (more) to freeze here."""
    with transaction.atomic():
        mailings = Mailing.objects.select_for_update(of=("self",), skip_locked=True).select_related("workspace")
        mailing = mailings.filter(pk=mailing_id, status=Mailing.Status.FREEZING).first()
        if mailing is None:
            return False
        taken, last = _freeze_chunk(mailing, chunk)
        mailing.frozen_up_to = last or mailing.frozen_up_to
        if taken < chunk:
            mailing.status = Mailing.Status.SENDING
            mailing.audience_size = mailing.deliveries.count()
        mailing.save(update_fields=["frozen_up_to", "status", "audience_size"])
        return mailing.status == Mailing.Status.FREEZING


def _freeze_chunk(mailing: Mailing, chunk: int) -> tuple[int, int | None]:
    where, where_parameters = audience.where(mailing)
    reason, reason_parameters = audience.reason(mailing)
    now = timezone.now()
    parameters: list[Any] = [
        *reason_parameters, *where_parameters, mailing.frozen_up_to, chunk, mailing.pk,
        mailing.workspace_id, mailing.pk, now, now,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FREEZE_SQL.format(reason=reason, where=where), parameters)
        taken, last = cursor.fetchone()
    return taken, last
