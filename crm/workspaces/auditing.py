"""Writing the audit log."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from crm.workspaces.http import client_ip
from crm.workspaces.models import ApiKey, AuditEntry, User, Workspace


def audit(request: HttpRequest, action: str, *, subject: object = "", **details: Any) -> AuditEntry:
    """Records who did `action` ("member.invited", "contacts.exported"); call it inside the verb's transaction."""
    workspace: Workspace = request.workspace  # type: ignore[attr-defined]
    key = getattr(request, "auth", None)
    return AuditEntry.objects.create(
        workspace=workspace,
        user=request.user if isinstance(request.user, User) else None,
        api_key=key if isinstance(key, ApiKey) else None,
        action=action,
        subject=str(subject)[:200],
        details=details,
        ip=client_ip(request) or None,
    )
