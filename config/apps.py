from __future__ import annotations

from django.apps import AppConfig

from config import logs


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        logs.configure()
