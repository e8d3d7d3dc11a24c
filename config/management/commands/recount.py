"""Counts the people of every business again and says which counts were wrong: after a restore that left triggers out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from crm.contacts import counting
from crm.workspaces.models import Workspace


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for workspace in Workspace.objects.order_by("pk"):
            for what, subject, counted, true in counting.recount(workspace):
                wrong += 1
                self.stdout.write(f"{workspace.slug}: {what} {subject or ''} was {counted}, is {true}")
        self.stdout.write(f"{wrong} counts mended")
