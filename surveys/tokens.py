"""The token in a personal link to a survey. It needs no row: it says who may answer what, and proves we wrote it.

Body: survey (4 bytes), contact (8), day (2, since 1970) - an invitation - or moment (8, microseconds) - a claim: somebody typed
the address of this contact and proved nothing. Signed with TOKEN_KEYS, so SECRET_KEY may rotate.
"""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crm.workspaces.signing import BadToken, sign, unsign

__all__ = ["BadToken", "Invitation", "claim", "make", "read"]
INVITED, CLAIMED = "survey invitation", "survey claim"
INVITATION, CLAIM = struct.Struct(">IQH"), struct.Struct(">IQQ?")
DAY = 24 * 60 * 60
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
LIFE_DAYS, CLAIM_DAYS = 365, 30  # a link in a mail; a page that was left half-way


@dataclass(frozen=True, slots=True)
class Invitation:
    """`claimed_at` is None for an invitation we sent; `is_new`: the claim itself made the contact, so nothing was known."""

    survey_id: int
    contact_id: int
    is_expired: bool = False
    claimed_at: datetime | None = None
    is_new: bool = False


def make(survey_id: int, contact_id: int) -> str:
    """About 40 characters, the same all day. Made for every recipient of a mailing: one HMAC and a pack."""
    return sign(INVITATION.pack(survey_id, contact_id, int(time.time()) // DAY), purpose=INVITED)


def claim(survey_id: int, contact_id: int, *, at: datetime, is_new: bool) -> str:
    return sign(CLAIM.pack(survey_id, contact_id, (at - EPOCH) // MICROSECOND, is_new), purpose=CLAIMED)


def read(token: str) -> Invitation:
    """Raises BadToken for anything `make` or `claim` did not write."""
    try:
        survey, contact, day = INVITATION.unpack(unsign(token, purpose=INVITED))
    except (BadToken, struct.error):
        return _claimed(token)
    return Invitation(survey, contact, is_expired=time.time() // DAY - day > LIFE_DAYS)


def _claimed(token: str) -> Invitation:
    try:
        survey, contact, moment, is_new = CLAIM.unpack(unsign(token, purpose=CLAIMED))
    except struct.error as error:
        raise BadToken from error
    at = EPOCH + moment * MICROSECOND
    return Invitation(survey, contact, time.time() - at.timestamp() > CLAIM_DAYS * DAY, at, is_new)
