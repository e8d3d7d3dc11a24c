"""The two halves of a tracked link, `/l/<L>.<R>`, and the pixel `/o/<R>.gif`.

L names the link and carries its destination, and is signed once per mailing; R names the delivery and its contact, and is
signed once per recipient. So a redirect needs no database, and a mail with fifteen links costs one signature.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from crm.workspaces.signing import BadToken, sign, unsign

LINK, RECIPIENT = "mailing-link", "mailing-recipient"
LINK_HEAD = struct.Struct(">IIH")  # workspace, mailing, position
RECIPIENT_BODY = struct.Struct(">IIQQ")  # workspace, mailing, delivery, contact


@dataclass(frozen=True, slots=True)
class LinkToken:
    workspace_id: int
    mailing_id: int
    position: int
    url: str


@dataclass(frozen=True, slots=True)
class RecipientToken:
    workspace_id: int
    mailing_id: int
    delivery_id: int
    contact_id: int


def make_link(token: LinkToken) -> str:
    head = LINK_HEAD.pack(token.workspace_id, token.mailing_id, token.position)
    return sign(head + token.url.encode(), purpose=LINK)


def read_link(text: str) -> LinkToken:
    """Raises BadToken for anything `make_link` did not write."""
    body = unsign(text, purpose=LINK)
    try:
        workspace_id, mailing_id, position = LINK_HEAD.unpack(body[: LINK_HEAD.size])
        return LinkToken(workspace_id, mailing_id, position, body[LINK_HEAD.size :].decode())
    except (struct.error, UnicodeDecodeError) as error:
        raise BadToken from error


def make_recipient(token: RecipientToken) -> str:
    body = RECIPIENT_BODY.pack(token.workspace_id, token.mailing_id, token.delivery_id, token.contact_id)
    return sign(body, purpose=RECIPIENT)


def read_recipient(text: str) -> RecipientToken:
    """Raises BadToken for anything `make_recipient` did not write."""
    body = unsign(text, purpose=RECIPIENT)
    try:
        return RecipientToken(*RECIPIENT_BODY.unpack(body))
    except struct.error as error:
        raise BadToken from error


def read_pair(link: str, recipient: str) -> tuple[LinkToken, RecipientToken]:
    """Both halves of a tracked link. Halves of two mailings make no link."""
    first, second = read_link(link), read_recipient(recipient)
    if (first.workspace_id, first.mailing_id) != (second.workspace_id, second.mailing_id):
        raise BadToken
    return first, second
