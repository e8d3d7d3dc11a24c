"""Verbs on a mailing that was started: pause, go on, cancel, and what the owner decides about uncertain mails."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.mailings.models import Delivery, Mailing

State = Delivery.State
Status = Mailing.Status


def pause(mailing: Mailing) -> Mailing:
    """What is on its way (twenty mails a worker at most) still goes out; nothing after it."""
    return _move(mailing, {Status.SENDING}, Status.PAUSED)


def resume(mailing: Mailing) -> Mailing:
    return _move(mailing, {Status.PAUSED}, Status.SENDING)


@transaction.atomic
def cancel(mailing: Mailing) -> Mailing:
    """Whoever was not written to yet will not be. A freezing that was cut short is cancelled with it."""
    mailing = _move(mailing, {Status.FREEZING, Status.SENDING, Status.PAUSED}, Status.CANCELLED)
    now = timezone.now()
    Mailing.objects.filter(pk=mailing.pk).update(finished_at=now, audience_size=mailing.deliveries.count(), trouble="")
    waiting = mailing.deliveries.filter(state__in=[State.QUEUED, State.DEFERRED, State.CLAIMED])
    waiting.update(state=State.CANCELLED, lease_until=None, finished_at=now)
    mailing.refresh_from_db()
    return mailing


@transaction.atomic
def resend_uncertain(mailing: Mailing, *, delivery_ids: Collection[int] | None = None) -> int:
    """The owner's decision: the uncertain (or the named ones among them) are tried again, and some may get the mail twice.
    Returns how many."""
    mailing = _locked(mailing)
    if mailing.status not in (Status.SENT, Status.SENDING, Status.PAUSED):
        raise ValidationError(_("The mailing is not being sent."), code="status")
    rows = mailing.deliveries.filter(state=State.UNCERTAIN)
    if delivery_ids is not None:
        rows = rows.filter(pk__in=delivery_ids)
    moved = rows.update(state=State.QUEUED, next_try_at=timezone.now(), finished_at=None, worker="")
    if moved and mailing.status == Status.SENT:
        Mailing.objects.filter(pk=mailing.pk).update(status=Status.SENDING, finished_at=None)
    return moved


def _locked(mailing: Mailing) -> Mailing:
    return Mailing.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=mailing.pk)


@transaction.atomic
def _move(mailing: Mailing, origins: set[str], status: str) -> Mailing:
    """Raises ValidationError where the arrow does not exist."""
    mailing = _locked(mailing)
    if mailing.status not in origins:
        words = _("This cannot be done while the mailing is: %(status)s.") % {"status": mailing.get_status_display()}
        raise ValidationError(words, code="status")
    mailing.status = status
    mailing.save(update_fields=["status", "updated_at"])
    return mailing
