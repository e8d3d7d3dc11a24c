"""Taking turns over one import: every verb and every chunk of work holds its row while it changes anything."""

from __future__ import annotations

from crm.imports.models import Import


def locked(importing: Import) -> Import:
    """The import as it is now, kept from others until the transaction ends."""
    rows = Import.objects.select_for_update(of=("self",)).select_related("workspace", "created_by")
    return rows.get(pk=importing.pk)
