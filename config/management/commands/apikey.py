"""`bin/manage apikey WORKSPACE`: makes a key for REST and prints it, and nothing else, on standard output."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from crm.workspaces.models import ApiKey, AuditEntry, Workspace


class Command(BaseCommand):
    help = "Makes an API key of a workspace and prints it. The key is shown this once; only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", help="the workspace's name in its address, as in /w/NAME/")
        parser.add_argument("--name", default="made by bin/manage", help="what the key is for")
        parser.add_argument("--read-only", action="store_true", help="a key that cannot change anything")

    def handle(self, *_args: Any, workspace: str, name: str, read_only: bool, **_options: Any) -> None:
        found = Workspace.objects.filter(slug=workspace).first()
        if found is None:
            known = ", ".join(Workspace.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
            raise CommandError(f"There is no workspace {workspace!r}. Workspaces here: {known}.")
        scopes = [ApiKey.Scope.READ] if read_only else [ApiKey.Scope.READ, ApiKey.Scope.WRITE]
        with transaction.atomic():
            key, secret = ApiKey.make(found, name=name[:100], scopes=[scope.value for scope in scopes])
            AuditEntry.objects.create(
                workspace=found, action="api_key.created", subject=str(key), details={"by": "bin/manage"}
            )
        self.stdout.write(secret)
