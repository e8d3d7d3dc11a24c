"""The token in every mail's way out. It needs no row: it says whom, and proves we wrote it.

Body: workspace (4 bytes), contact (8), mailing (4, 0 for none), HMAC of the address (32). The hash stands beside the id so that
the address can still be blocked when contact and mailing are gone. Signed with TOKEN_KEYS, so SECRET_KEY may rotate; no expiry.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from crm.consent.hashing import address_hash
from crm.workspaces.signing import BadToken, sign, unsign

__all__ = ["BadToken", "Unsubscribe", "make", "read"]
PURPOSE = "unsubscribe"
BODY = struct.Struct(">IQI32s")


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    workspace_id: int
    contact_id: int
    mailing_id: int
    address_hash: bytes


def make(workspace_id: int, contact_id: int, address: str, *, mailing_id: int = 0) -> str:
    """About 100 characters. Made for every recipient of a mailing: two HMACs and a pack, nothing else."""
    body = BODY.pack(workspace_id, contact_id, mailing_id, address_hash(workspace_id, address))
    return sign(body, purpose=PURPOSE)


def read(token: str) -> Unsubscribe:
    """Raises BadToken for anything `make` did not write."""
    body = unsign(token, purpose=PURPOSE)
    if len(body) != BODY.size:
        raise BadToken
    return Unsubscribe(*BODY.unpack(body))
