"""`bin/manage after_restore`: what a database needs once after a dump was loaded into a server, before people come back."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from crm.timeline import consuming


class Command(BaseCommand):
    help = "Sets the readers of the event log right on this server, and erases again whoever the journal names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--journal", type=Path, default=None, help="the journal, where it is not ERASURE_JOURNAL")

    def handle(self, *args: Any, journal: Path | None = None, **options: Any) -> None:
        settled = consuming.settle_restored()
        self.stdout.write("The event log was set right." if settled else "The event log needed nothing.")
        call_command("reapply_erasures", journal=journal, stdout=self.stdout)
