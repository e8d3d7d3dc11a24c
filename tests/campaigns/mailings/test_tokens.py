from __future__ import annotations

import pytest

from campaigns.mailings import tokens
from campaigns.mailings.tokens import LinkToken, RecipientToken
from crm.workspaces.signing import BadToken

LINK = LinkToken(7, 3, 14, "https://example.test/קטלוג?a=1&b=2")
RECIPIENT = RecipientToken(7, 3, 2**40, 2**41)


def test_both_halves_come_back_whole():
    assert tokens.read_pair(tokens.make_link(LINK), tokens.make_recipient(RECIPIENT)) == (LINK, RECIPIENT)


def test_the_halves_of_two_mailings_make_no_link():
    stranger = RecipientToken(7, 4, 1, 1)
    with pytest.raises(BadToken):
        tokens.read_pair(tokens.make_link(LINK), tokens.make_recipient(stranger))


def test_one_half_never_passes_as_the_other():
    with pytest.raises(BadToken):
        tokens.read_recipient(tokens.make_link(LINK))
    with pytest.raises(BadToken):
        tokens.read_link(tokens.make_recipient(RECIPIENT))


def test_no_flipped_character_passes():
    token = tokens.make_recipient(RECIPIENT)
    for place, letter in enumerate(token):
        flipped = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(BadToken):
            tokens.read_recipient(flipped)


def test_tokens_outlive_a_change_of_the_secret_key(settings):
    token = tokens.make_link(LINK)
    settings.SECRET_KEY = "another-secret-key-that-is-long-enough-for-everybody"
    assert tokens.read_link(token) == LINK
