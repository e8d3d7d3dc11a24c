"""`bin/manage demo`: loads the demo businesses that are not there yet."""

from __future__ import annotations

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand

from config.demo.load import load
from config.demo.story import PASSWORD, STORIES
from crm.workspaces.models import Workspace


class Command(BaseCommand):
    help = "Loads the demo businesses (Hebrew and English). What is there already is left alone."

    def handle(self, *args: Any, **options: Any) -> None:
        for story in STORIES:
            if Workspace.objects.filter(slug=story.slug).exists():
                self.stdout.write(f"{story.name}: already there")
                continue
            begun = monotonic()
            load(story)
            self.stdout.write(
                f"{story.name}: loaded in {monotonic() - begun:.1f} s; sign in as {story.owner_email} / {PASSWORD}"
            )
