"""What this room holds about a person: the browsers that are theirs. What they did there stands in the timeline."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from crm.contacts.disclosing import Section, register_discloser
from crm.visitors.models import IdentityEdge
from crm.workspaces.models import Workspace


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    edges = IdentityEdge.objects.filter(workspace=workspace, contact__in=ids).select_related("visitor").order_by("pk")
    rows = [
        {
            "key": str(edge.visitor.key),
            "device": edge.visitor.device,
            "since": edge.visitor.created_at,
            "known_since": edge.created_at,
            "known_by": edge.source,
        }
        for edge in edges
    ]
    columns = (("device", _("Device")), ("since", _("Since")), ("known_since", _("Known since")))
    yield Section("browsers", _("Browsers"), columns, rows)


register_discloser("visitors", tell, covers=["crm.IdentityEdge.contact"], order=30)
