"""A sent form becomes a contact, a lead, and everything that hangs on it: one verb, one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.pages.crediting import credit
from campaigns.pages.models import PageVersion, Referral, Submission
from campaigns.pages.sharing import Someone
from campaigns.pages.sources import Source
from crm.consent.confirming import Held, settle
from crm.consent.models import Channel, PendingConsent
from crm.contacts import subscribing
from crm.contacts.capturing import Captured, capture
from crm.contacts.models import Contact, List, Subscription
from crm.timeline.models import Verdict
from crm.timeline.recording import record
from crm.visitors.identifying import identify_by_form
from crm.visitors.models import Visitor
from crm.workspaces.models import Workspace

SAME_SENDING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Lead:
    """What a valid form said. `answers` by field ("email", "first_name", "f12"); `consents` the exact words by channel."""

    answers: Mapping[str, Any]
    consents: Mapping[str, str] = field(default_factory=dict)
    lists: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()

    def answer(self, name: str) -> str:
        return str(self.answers.get(name) or "")

    @property
    def values(self) -> dict[str, Any]:
        """Answers to custom fields, by storage key."""
        return {key: value for key, value in self.answers.items() if key[0] == "f" and key[1:].isdigit()}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How it was sent. `here` is what was known of the browser before; `nonce` is empty without JavaScript;
    `make_visitor` is called when browsing was consented to for the first time."""

    here: Someone = field(default_factory=Someone)
    source: Source = field(default_factory=Source)
    ip: str = ""
    nonce: str = ""
    verdict: str = Verdict.HUMAN
    reason: str = ""
    make_visitor: Callable[[], Visitor] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """`visitor` is to be remembered in the browser, if there is one; `is_repeat`: sent before, nothing was done now; `pending`
    waits for a press on the link that was mailed."""

    submission: Submission
    visitor: Visitor | None = None
    referral: Referral | None = None
    pending: PendingConsent | None = None
    is_repeat: bool = False

    @property
    def contact(self) -> Contact:
        return self.submission.contact


def submit(version: PageVersion, block: str, lead: Lead, how: Circumstances, *, now: datetime | None = None) -> Sent:
    """Captures the person, keeps the lead, consents in the exact words, credits the friend who brought them.

    The same sending counts once: by the browser's nonce, or, without JavaScript, the same answers on the same version within
    an hour. Raises ValidationError where a value does not fit.
    """
    now = now or timezone.now()
    stamps = stamps_of(version, block, lead, how.nonce, now=now)
    earlier = _earlier(stamps, now=now)
    if earlier is None:
        try:
            return _take(version, block, lead, how, stamp=stamps[0], now=now)
        except IntegrityError:
            earlier = _earlier(stamps, now=now)  # sent twice at once: the other one was first
            if earlier is None:
                raise
    return Sent(earlier, is_repeat=True)


def stamps_of(version: PageVersion, block: str, lead: Lead, nonce: str, *, now: datetime) -> list[str]:
    """What makes a sending one: hashes, this hour's first. With a nonce the hour does not matter."""
    said = json.dumps([lead.answers, sorted(lead.consents)], sort_keys=True, ensure_ascii=False, default=str)
    hour = int(now.timestamp()) // 3600
    moments = [nonce] if nonce else [f"hour {hour}", f"hour {hour - 1}"]
    parts = (json.dumps([version.pk, block, said, moment]) for moment in moments)
    return [hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:40] for part in parts]


def _earlier(stamps: list[str], *, now: datetime) -> Submission | None:
    sent = Submission.objects.select_related("contact").filter(stamp__in=stamps)
    return (sent if len(stamps) == 1 else sent.filter(created_at__gt=now - SAME_SENDING)).first()


@transaction.atomic
def _take(version: PageVersion, block: str, lead: Lead, how: Circumstances, *, stamp: str, now: datetime) -> Sent:
    page = version.page
    captured, held = _capture(page.workspace, lead, how, now=now)
    contact, is_new = captured.contact, captured.created
    said = {"verdict": how.verdict, "verdict_reason": how.reason, "actor": "contact", **how.source.words}
    facts = {"block": block, "version": version.number, "is_new": is_new}
    # first of what follows from it: a funnel reads events of one instant in the order they were written
    record(page.workspace, "form.submitted", contact=contact, subject=page, occurred_at=now, **said, **facts)
    thanked: dict[str, Any] = {"here": how.here, "is_first_capture": is_new, "verdict": how.verdict, "now": now}
    referral = credit(contact, page, how.source.code, **thanked)
    pending = _consent(contact, version, block, lead, held, ip=how.ip, now=now)
    visitor = _identify(captured, lead, how)
    kept = {"answers": dict(lead.answers), "stamp": stamp, "is_new_contact": is_new, "created_at": now}
    submission = Submission.objects.create(
        workspace=page.workspace, page=page, version=version, block=block, contact=contact, visitor=visitor, **kept
    )
    return Sent(submission, visitor, referral, pending)


def _capture(workspace: Workspace, lead: Lead, how: Circumstances, *, now: datetime) -> tuple[Captured, Held]:
    """Anybody can type anybody's address. So a form writes over what we know only where the browser is that person's, as far
    as we know; a stranger's fills blanks, and what it would have changed is held (the lead shows it in any case)."""
    typed: dict[str, Any] = {name: lead.answer(name) for name in ("first_name", "last_name")} | {"values": lead.values}
    came: dict[str, Any] = {**how.source.words, "source": how.source.source or "page"}
    person: dict[str, Any] = {"email": lead.answer("email") or None, "phone": lead.answer("phone") or None}
    about: dict[str, Any] = {"actor": "contact", "occurred_at": now, **came}
    captured = capture(workspace, **person, **typed, tags=lead.tags, overwrite=False, **about)
    contact = captured.contact
    is_own = captured.created or (how.here.contact is not None and how.here.contact.pk == contact.pk)
    if is_own and not captured.created:
        contact = capture(workspace, **person, **typed, **about).contact
    kept_out = () if is_own else _left(contact, lead.lists)
    for one in List.objects.filter(workspace=workspace, pk__in=lead.lists, deleted_at=None).exclude(pk__in=kept_out):
        subscribing.join(contact, one, **about)  # lists deleted since the page was published are left out
    held = Held({} if is_own else _differing(contact, lead), tuple(kept_out))
    return Captured(contact, captured.created), held


def _left(contact: Contact, lists: Sequence[int]) -> Sequence[int]:
    left = contact.subscriptions.filter(list_id__in=lists, status=Subscription.Status.LEFT)
    return tuple(left.values_list("list_id", flat=True))


def _differing(contact: Contact, lead: Lead) -> dict[str, Any]:
    """What was typed and is not what we know."""
    known = {"first_name": contact.first_name, "last_name": contact.last_name, **contact.values}
    said = {"first_name": lead.answer("first_name"), "last_name": lead.answer("last_name"), **lead.values}
    return {key: value for key, value in said.items() if value not in (None, "") and value != known.get(key)}


def _consent(
    contact: Contact, version: PageVersion, block: str, lead: Lead, held: Held, *, ip: str, now: datetime
) -> PendingConsent | None:
    form_version = f"page {version.page_id}, version {version.number}, block {block}"
    said: dict[str, Any] = {"source": "form", "form_version": form_version, "ip": ip or None}
    return settle(contact, lead.consents, held=held, now=now, **said)


def _identify(captured: Captured, lead: Lead, how: Circumstances) -> Visitor | None:
    """A browser is followed only where that was agreed to: now, in this form, or before, which is when its visitor was made."""
    visitor = how.here.visitor
    if visitor is None and Channel.TRACKING in lead.consents and how.make_visitor:
        visitor = how.make_visitor()
    return identify_by_form(visitor, captured.contact, is_new=captured.created) if visitor else None
