"""What becomes of consent when two contacts become one, in words, before it is done."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from crm.consent.merging import word_of
from crm.consent.models import Channel, Consent
from crm.contacts.comparing import Line, register_preview
from crm.contacts.models import Contact


def lines(one: Contact, other: Contact) -> Iterable[Line]:
    """A "no" of either is a no."""
    granted, stopped = [], []
    for channel in Channel:
        words = {row.state for row in (word_of(one, channel), word_of(other, channel)) if row}
        if Consent.State.WITHDRAWN in words:
            stopped.append(str(channel.label))
        elif words:
            granted.append(str(channel.label))
    if granted:
        yield Line("circle-check", _("Agreed to"), granted, "leaf")
    if stopped:
        yield Line("ban", _("Asked to stop, so it stays stopped"), stopped, "ember")


register_preview("consent", lines)
