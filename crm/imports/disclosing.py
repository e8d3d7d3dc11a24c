"""What this room holds about a person: the rows of files they came in, as they were read, while those are kept."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from crm.contacts.disclosing import Section, register_discloser
from crm.imports.models import ImportEffect, ImportRow
from crm.workspaces.models import Workspace


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    effects = (
        ImportEffect.objects.filter(workspace=workspace, contact__in=ids).select_related("importing").order_by("pk")
    )
    rows = []
    for effect in effects:
        row = ImportRow.objects.filter(importing=effect.importing_id, number=effect.number).first()
        titles = effect.importing.headers
        cells = dict(zip(titles, row.cells, strict=False)) if row else {}
        words = "\n".join(f"{title}: {cell}" for title, cell in cells.items() if cell)
        at = effect.importing.finished_at or effect.importing.created_at
        rows.append({"file": effect.importing.name, "at": at, "cells": cells, "text": words})
    yield Section("imports", _("Imports"), (("file", _("File")), ("at", _("When")), ("text", _("Row"))), rows)


register_discloser("imports", tell, covers=["crm.ImportEffect.contact"], order=80)
