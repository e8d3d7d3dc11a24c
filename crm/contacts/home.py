"""Steps of the set-up that speak of people and of who writes to them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.contacts.models import Contact
from crm.workspaces import home
from crm.workspaces.models import Workspace


def has_contacts(workspace: Workspace) -> bool:
    return Contact.objects.alive().filter(workspace=workspace).exists()


def has_sender(workspace: Workspace) -> bool:
    return workspace.has_sender


home.register_step(
    "contacts", home.Step(_("First contacts"), url_name="contacts:contact_list", is_done=has_contacts, order=20)
)
home.register_step(
    "sender", home.Step(_("Who the mails come from"), url_name="workspaces:sender", is_done=has_sender, order=40)
)
