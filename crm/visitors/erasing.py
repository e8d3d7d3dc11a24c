"""An erased person's browsers become strangers: their visitors go, so that no cookie can bind that past to anybody else.
Events keep the visitor's number, which counts and names nobody."""

from __future__ import annotations

from crm.contacts.erasing import register_eraser
from crm.contacts.models import Contact
from crm.visitors.models import Visitor


def erase(contact: Contact) -> None:
    Visitor.objects.filter(identity__contact=contact).delete()


register_eraser("visitors", erase, covers=["crm.IdentityEdge.contact"])
