"""The kinds of event this room records. What browsers report is named by the rooms that receive it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.timeline import kinds
from crm.timeline.kinds import Kind

kinds.register(
    Kind(
        "link.forwarded",
        label=_("A personal link was forwarded"),
        sentence=_("The personal link was opened on someone else's device"),
        icon="mail-forward",
        tone="iris",
        group="web",
        web=True,
    ),
    Kind(
        "visitor.recognised",
        label=_("A device was recognised"),
        sentence=_("A device of theirs was recognised, with what was done on it before"),
        icon="device-mobile",
        group="web",
        web=True,
        is_sweeping=True,  # the past of the visitor is the contact's from now on
    ),
)
