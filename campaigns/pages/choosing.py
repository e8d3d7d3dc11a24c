"""Which words a tap on the share button sends: those of the button that this very person sees."""

from __future__ import annotations

from campaigns.pages.drawing import PAGE, blocks_of
from campaigns.pages.models import PageVersion
from crm.contacts.models import Contact
from crm.rules import interpreter


def share_text(version: PageVersion, part: str, contact: Contact | None) -> str:
    """The first visible button of the part; "" on a page without one."""
    buttons = [block for block in blocks_of(version, part) if block["type"] == "whatsapp_share"]
    rules = {block["id"]: block["rule"] for block in buttons if block.get("rule")}
    workspace = version.page.workspace
    if contact:
        seen = interpreter.for_batch(workspace, rules, [contact.pk]).get(contact.pk, set())
    else:
        seen = interpreter.for_values(workspace, rules, None)
    visible = [block for block in buttons if block["id"] not in rules or block["id"] in seen] or buttons
    if not visible and part != PAGE:
        return share_text(version, PAGE, contact)
    return str(visible[0]["data"]["text"]) if visible else ""
