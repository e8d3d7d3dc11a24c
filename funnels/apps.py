from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FunnelsConfig(AppConfig):
    name = "funnels"
    verbose_name = _("Funnels")

    def ready(self) -> None:
        import_module("funnels.home")
        import_module("funnels.usage")
