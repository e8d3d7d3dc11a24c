"""`bin/manage reapply_erasures`: after an older dump was restored, erases again whoever the journal names."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crm.consent import journaling


class Command(BaseCommand):
    help = "Erases again whoever was erased after this database was dumped, as the journal tells."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--journal", type=Path, default=None, help="the file, where it is not ERASURE_JOURNAL")

    def handle(self, *args: Any, journal: Path | None = None, **options: Any) -> None:
        path = journal or Path(settings.ERASURE_JOURNAL)
        if not path.exists():
            raise CommandError(f"There is no journal at {path}. Restore it first, or name it with --journal.")
        missing, gone = journaling.reapply(list(journaling.read(path)))
        self.stdout.write(f"{missing} erasures were not in this database; {gone} people were erased again.")
