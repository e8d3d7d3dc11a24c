"""What this room holds about a person: the acts on many that they were among, while those can be undone."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from crm.bulk.describing import title_of
from crm.bulk.models import BulkRow
from crm.contacts.disclosing import Section, register_discloser
from crm.workspaces.models import Workspace


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    found = BulkRow.objects.filter(workspace=workspace, contact__in=ids).select_related("act").order_by("pk")
    rows = [{"act": title_of(row.act), "at": row.act.created_at, "before": row.before} for row in found]
    yield Section("bulk_acts", _("Acts on many"), (("act", _("What happened")), ("at", _("When"))), rows)


register_discloser("bulk", tell, covers=["crm.BulkRow.contact"], order=90)
