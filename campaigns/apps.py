from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

VOCABULARY = [
    "campaigns.mailings.events",
    "campaigns.pages.events",
    "campaigns.mailings.criteria",
    "campaigns.pages.criteria",
    "campaigns.pages.receivers",
    "campaigns.mailings.home",
    "campaigns.pages.home",
    "campaigns.mailings.panels",
    "campaigns.mailings.usage",
    "campaigns.pages.usage",
    "campaigns.mailings.disclosing",
    "campaigns.pages.disclosing",
    "campaigns.automations.events",
    "campaigns.automations.steps.acting",
    "campaigns.automations.steps.branching",
    "campaigns.automations.steps.waiting",
    "campaigns.automations.steps.timing",
    "campaigns.automations.steps.mailing",
    "campaigns.automations.steps.adding",
    "campaigns.automations.steps.telling",
    "campaigns.automations.steps.calling",
    "campaigns.automations.chaining",
    "campaigns.automations.merging",
    "campaigns.automations.erasing",
    "campaigns.automations.disclosing",
    "campaigns.automations.usage",
    "campaigns.automations.recipes",
    "campaigns.automations.home",
    "campaigns.automations.card",
    "campaigns.automations.parking",
    "campaigns.automations.receivers",
]


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        """Rooms add their event kinds, criteria and block types to the registries below them."""
        for module in VOCABULARY:
            import_module(module)
