"""The kinds of event this room records.

What a row changed stands in `old` and `new`, keyed by field, and goes with the person; `fields` names the keys alone, for those
who must know what to look at again. Every event of an import carries its id as `import`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.imports.models import Import
from crm.timeline import kinds
from crm.timeline.kinds import Kind

TYPED = frozenset({"old", "new"})


def imports(workspace: Any) -> Iterable[tuple[int, str]]:
    begun = Import.objects.filter(workspace=workspace, started_at__isnull=False)
    return begun.values_list("id", "name")


kinds.register(
    Kind(
        "contact.imported",
        label=_("Was imported"),
        sentence=_("Imported from %(subject)s"),
        icon="file-import",
        tone="leaf",
        subject_type="import",
        subjects=imports,
        personal=TYPED,
    ),
    Kind(
        "contact.import_undone",
        label=_("An import was undone"),
        sentence=_("The import of %(subject)s was undone"),
        icon="arrow-back-up",
        subject_type="import",
        personal=TYPED,
    ),
)
