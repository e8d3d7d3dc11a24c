from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

VOCABULARY = [
    "surveys.events",
    "surveys.criteria",
    "surveys.answer_criteria",
    "surveys.erasing",
    "surveys.merging",
    "surveys.inviting",
    "surveys.block",
    "surveys.disclosing",
    "surveys.card",
    "surveys.usage",
    "surveys.automating",
]


class SurveysConfig(AppConfig):
    name = "surveys"
    verbose_name = _("Surveys")

    def ready(self) -> None:
        for module in VOCABULARY:
            import_module(module)
