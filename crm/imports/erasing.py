"""A person who is erased goes from the imports too: their cells, what was understood of them, what they were before."""

from __future__ import annotations

from django.db.models import Q

from crm.contacts.erasing import register_eraser
from crm.contacts.models import Contact
from crm.imports.models import Import, ImportEffect, ImportPart, ImportRow


def erase(contact: Contact) -> None:
    """Rows that led to the contact, and rows that name their address though they led nowhere. The files they came in go
    whole: nobody can cut one person out of a spreadsheet. An import whose file is gone can still be undone, not read anew."""
    effects = ImportEffect.objects.filter(contact=contact)
    imports = Import.objects.filter(workspace_id=contact.workspace_id, purged_at=None)
    places = list(effects.values_list("importing_id", "number"))
    rows = ImportRow.objects.filter(importing__in=imports.values("pk")).filter(_named(contact) | _among(places))
    touched = {*rows.values_list("importing_id", flat=True), *(pk for pk, _number in places)}
    rows.update(cells=[], said={}, email=None, phone=None, match=None, reasons=[], refused=True)
    effects.update(contact=None, before={}, reasons=[])
    ImportPart.objects.filter(importing__in=imports.filter(pk__in=touched, read_at__isnull=False)).delete()


def _named(contact: Contact) -> Q:
    """Nothing, for a contact without an address."""
    asked = Q(pk__in=[])
    if contact.email:
        asked |= Q(email=contact.email) | Q(refused=True, cells__icontains=contact.email)
    return asked | Q(phone=contact.phone) if contact.phone else asked


def _among(places: list[tuple[int, int]]) -> Q:
    asked = Q(pk__in=[])
    for pk, number in places:
        asked |= Q(importing_id=pk, number=number)
    return asked


register_eraser("imports", erase)
