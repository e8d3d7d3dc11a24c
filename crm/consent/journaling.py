"""Who was erased, kept outside the database as well: after a restore of an older dump they are erased again.

A line holds no personal data: when, which business, and HMACs of the addresses under the key of suppressions. The row is
written in the transaction of the erasure; its line follows after commit, and the clock writes what a crash left out. A line
that stands twice does nothing twice, for it has a key.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crm.consent.granting import suppress_hash
from crm.consent.hashing import AddressHash, address_hash
from crm.consent.models import Channel, Erasure, Suppression
from crm.contacts.erasing import BIN_DAYS, erase
from crm.contacts.models import Contact
from crm.workspaces.models import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal, as read back."""

    key: UUID
    workspace_id: int
    at: datetime
    was_asked: bool
    email_hash: bytes | None
    phone_hash: bytes | None


def note(contact: Contact, *, was_asked: bool) -> Erasure:
    """Called inside the transaction that erases; the line is written once that is sure."""
    hashes = {
        f"{key}_hash": address_hash(contact.workspace_id, address) if address else None
        for key, address in (("email", contact.email), ("phone", contact.phone))
    }
    row = Erasure.objects.create(workspace_id=contact.workspace_id, was_asked=was_asked, **hashes)
    transaction.on_commit(_write_now, robust=True)
    return row


def _write_now() -> None:
    try:
        write_due()
    except OSError:
        log.exception("The journal of erasures could not be written; it is tried again every minute.")


@transaction.atomic
def write_due() -> int:
    """Appends the lines that are missing, on disk before they are ticked off. Raises OSError where the file refuses."""
    rows = list(Erasure.objects.select_for_update().filter(written_at=None).order_by("created_at"))
    if not rows:
        return 0
    path = Path(settings.ERASURE_JOURNAL)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="ascii", opener=_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.writelines(_line_of(row) for row in rows)
        file.flush()
        os.fsync(file.fileno())
    return Erasure.objects.filter(pk__in=[row.pk for row in rows]).update(written_at=timezone.now())


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _line_of(row: Erasure) -> str:
    told: dict[str, Any] = {
        "key": str(row.pk),
        "workspace": row.workspace_id,
        "at": row.created_at.isoformat(),
        "asked": row.was_asked,
        "email": bytes(row.email_hash).hex() if row.email_hash else None,
        "phone": bytes(row.phone_hash).hex() if row.phone_hash else None,
    }
    return json.dumps(told) + "\n"


def read(path: Path) -> Iterator[Line]:
    """Lines as they stand; half a line, as after a full disk, is passed over and told."""
    for number, text in enumerate(path.read_text(encoding="ascii", errors="replace").splitlines(), start=1):
        try:
            yield _parsed(json.loads(text))
        except (ValueError, KeyError, TypeError):
            log.warning("Line %d of the journal of erasures cannot be read.", number)


def _parsed(told: dict[str, Any]) -> Line:
    email, phone = (bytes.fromhex(told[key]) if told[key] else None for key in ("email", "phone"))
    at = datetime.fromisoformat(told["at"])
    return Line(UUID(told["key"]), int(told["workspace"]), at, bool(told["asked"]), email, phone)


def reapply(lines: Iterable[Line]) -> tuple[int, int]:
    """(erasures the database knew nothing of, people erased again). Whoever came back on their own after they were erased is
    left alone: they are younger than the line."""
    known = set(Erasure.objects.values_list("pk", flat=True))
    businesses = set(Workspace.objects.values_list("pk", flat=True))
    missing = {line.key: line for line in lines if line.key not in known and line.workspace_id in businesses}
    gone = 0
    for workspace_id in sorted({line.workspace_id for line in missing.values()}):
        gone += _reapply_in(workspace_id, [line for line in missing.values() if line.workspace_id == workspace_id])
    return len(missing), gone


def _reapply_in(workspace_id: int, lines: list[Line]) -> int:
    """One question finds everybody the lines name; each is erased in a transaction of their own."""
    by_hash: dict[bytes, Line] = {}
    for line in sorted(lines, key=lambda line: line.at):
        by_hash |= {digest: line for digest in (line.email_hash, line.phone_hash) if digest}
    hashes = {f"{key}_digest": AddressHash("workspace_id", key) for key in ("email", "phone")}
    people: Any = Contact.objects.filter(workspace_id=workspace_id).annotate(**hashes)
    found = people.filter(Q(email_digest__in=list(by_hash)) | Q(phone_digest__in=list(by_hash)))
    named = found.values_list("pk", "created_at", "email_digest", "phone_digest")
    gone = 0
    for pk, created_at, *digests in list(named):
        line = next(by_hash[bytes(digest)] for digest in digests if digest and bytes(digest) in by_hash)
        gone += _erase_again(pk, line) if created_at <= line.at else 0
    for line in lines:
        _settle(line)
    return gone


@transaction.atomic
def _erase_again(pk: int, line: Line) -> int:
    contact = Contact.objects.select_for_update().filter(pk=pk).first()
    if contact is None:  # went with the one it was merged into
        return 0
    if not line.was_asked:
        contact.deleted_at = line.at - timedelta(days=BIN_DAYS + 1)
        contact.save()
    erase(contact, actor="system")
    return 1


@transaction.atomic
def _settle(line: Line) -> None:
    """The block that the dump did not have, and the row, so that the line is not read as news again."""
    channels = {Channel.EMAIL: line.email_hash, Channel.SMS: line.phone_hash, Channel.WHATSAPP: line.phone_hash}
    for channel, digest in channels.items() if line.was_asked else ():
        if digest:
            suppress_hash(line.workspace_id, channel, digest, reason=Suppression.Reason.ERASED)
    facts = {"workspace_id": line.workspace_id, "was_asked": line.was_asked, "created_at": line.at}
    hashes = {"email_hash": line.email_hash, "phone_hash": line.phone_hash}
    Erasure.objects.create(pk=line.key, written_at=timezone.now(), **facts, **hashes)
