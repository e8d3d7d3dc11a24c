"""The token of the way out: small, cheap, ours alone."""

from __future__ import annotations

import pytest

from crm.consent import tokens
from crm.consent.hashing import address_hash
from crm.workspaces.signing import sign


def test_a_token_says_whom_and_which_mailing():
    token = tokens.make(3, 2**40, "dana@example.test", mailing_id=17)
    assert tokens.read(token) == tokens.Unsubscribe(3, 2**40, 17, address_hash(3, "dana@example.test"))
    assert len(token) <= 100


def test_every_flipped_bit_is_refused():
    token = tokens.make(3, 5, "dana@example.test")
    for position, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        with pytest.raises(tokens.BadToken):
            tokens.read(token[:position] + other + token[position + 1 :])


@pytest.mark.parametrize(
    "token", ["", "x", "....", "א", "A" * 5000, sign(b"short", purpose="unsubscribe"), sign(b"x" * 48, purpose="click")]
)
def test_what_is_not_ours_is_refused(token):
    with pytest.raises(tokens.BadToken):
        tokens.read(token)


def test_a_new_signing_key_reads_old_tokens_and_hashes_addresses_as_before(settings):
    old = tokens.make(3, 5, "dana@example.test")
    settings.TOKEN_KEYS = "2:bmV3LWtleS1uZXcta2V5LW5ldy1rZXktMzItYnl0ZXM=," + settings.TOKEN_KEYS
    new = tokens.make(3, 5, "dana@example.test")
    assert new != old
    assert tokens.read(old) == tokens.read(new)
