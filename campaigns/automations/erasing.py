"""An erased person's walks go with the row, and with them what they went through and what was still to be told of them."""

from __future__ import annotations

from campaigns.automations import notifying
from crm.contacts.erasing import register_eraser

register_eraser("automations", notifying.forget_mails, covers=["campaigns.Enrolment.contact"])
