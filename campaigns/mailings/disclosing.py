"""What this room holds about a person: the mails sent to them. The rows stay when they are erased, without the address."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from campaigns.mailings.models import Delivery
from crm.contacts.disclosing import Section, register_discloser
from crm.workspaces.models import Workspace


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    found = Delivery.objects.filter(workspace=workspace, contact__in=ids).select_related("mailing").order_by("pk")
    rows = [
        {
            "mailing": row.mailing.name,
            "address": row.address,
            "state": row.state,
            "state_text": row.get_state_display(),
            "skip_reason": row.skip_reason,
            "at": row.finished_at,
            "reply": row.reply_text,
        }
        for row in found.defer("mailing__compiled")
    ]
    columns = (
        *(("mailing", _("Mailing")), ("address", _("Address"))),
        *(("state_text", _("Status")), ("at", _("When"))),
    )
    yield Section("mails", _("Mails"), columns, rows, stays=True)


register_discloser("mailings", tell, covers=["campaigns.Delivery.contact"], order=50)
