from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from crm.workspaces import signing

OLD = "1:b2xkIGtleSBvZiAzMiBieXRlcywgYWJjZGVmZ2hpams="
NEW = "2:bmV3IGtleSBvZiAzMiBieXRlcywgYWJjZGVmZ2hpams="


@given(st.binary(max_size=60), st.integers(0, 2_000), st.integers(0, 7))
def test_no_flipped_bit_passes(body: bytes, place: int, bit: int) -> None:
    token = signing.sign(body, purpose="test")
    at = place % len(token)
    flipped = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]
    if flipped != token:
        with pytest.raises(signing.BadToken):
            signing.unsign(flipped, purpose="test")
    assert signing.unsign(token, purpose="test") == body


def test_a_token_of_one_purpose_is_none_of_another() -> None:
    with pytest.raises(signing.BadToken):
        signing.unsign(signing.sign(b"x", purpose="click"), purpose="unsubscribe")


def test_tokens_of_an_older_key_still_open_after_a_new_one_came(settings: Settings) -> None:
    settings.TOKEN_KEYS = OLD
    token = signing.sign(b"x", purpose="test")
    settings.TOKEN_KEYS = f"{NEW},{OLD}"
    assert signing.unsign(token, purpose="test") == b"x"
    assert signing.sign(b"x", purpose="test") != token
    settings.TOKEN_KEYS = NEW
    with pytest.raises(signing.BadToken):
        signing.unsign(token, purpose="test")


def test_what_is_stored_for_ever_keeps_its_key_when_a_newer_one_comes(settings: Settings) -> None:
    settings.TOKEN_KEYS = OLD
    key = signing.purpose_key("suppression")
    settings.TOKEN_KEYS = f"{NEW},{OLD}"
    assert signing.purpose_key("suppression") == key


@pytest.mark.parametrize("token", ["", "a", "====", "א" * 40, "A" * 10_000, "../..", "AAAA\n"])
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(signing.BadToken):
        signing.unsign(token, purpose="test")
