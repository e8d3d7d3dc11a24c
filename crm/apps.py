from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

VOCABULARY = [
    "crm.timeline.events",
    "crm.contacts.events",
    "crm.contacts.starter",
    "crm.contacts.home",
    "crm.imports.home",
    "crm.contacts.suggesting",
    "crm.contacts.merged_card",
    "crm.contacts.disclosures",
    "crm.consent.events",
    "crm.visitors.events",
    "crm.notes.events",
    "crm.notes.card",
    "crm.notes.following",
    "crm.notes.home",
    "crm.imports.events",
    "crm.segments.events",
    "crm.timeline.criteria",
    "crm.contacts.criteria",
    "crm.contacts.lots",
    "crm.consent.criteria",
    "crm.segments.criteria",
    "crm.segments.usage",
    "crm.segments.erasing",
    "crm.segments.following",
    "crm.segments.receivers",
    "crm.segments.why_views",
    "crm.consent.card",
    "crm.consent.columns",
    "crm.consent.erasing",
    "crm.consent.merging",
    "crm.imports.erasing",
    "crm.consent.comparing",
    "crm.consent.proving",
    "crm.visitors.erasing",
    "crm.consent.disclosing",
    "crm.consent.journaling",
    "crm.consent.requesting",
    "crm.visitors.disclosing",
    "crm.segments.personal",
]


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("People")

    def ready(self) -> None:
        """Rooms add their event kinds and criteria to the registries below them."""
        for module in VOCABULARY:
            import_module(module)
