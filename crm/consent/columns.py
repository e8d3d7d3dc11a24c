"""Consent as a column of lists of people: may we write to them by mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.consent.mailable import mailable
from crm.consent.models import Channel, Consent
from crm.contacts.columns import Column, register
from crm.contacts.models import Contact

WORDS = {"yes": _("May be written to"), "no": _("Withdrew"), "": _("No consent")}


def fill(contacts: Sequence[Contact]) -> dict[int, Any]:
    """By e-mail: yes only with an address that is not blocked, as mailings decide it."""
    ids = [contact.pk for contact in contacts]
    yes = set(mailable(Contact.objects.filter(pk__in=ids), Channel.EMAIL).values_list("pk", flat=True))
    said = Consent.objects.filter(contact__in=ids, channel=Channel.EMAIL, is_current=True)
    no = set(said.filter(state=Consent.State.WITHDRAWN).values_list("contact_id", flat=True))
    return {pk: str(WORDS["yes" if pk in yes else "no" if pk in no else ""]) for pk in ids}


register(Column("consent", _("Consent to mailings"), fill))
