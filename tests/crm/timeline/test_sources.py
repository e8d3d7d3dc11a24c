"""Sources in words."""

from __future__ import annotations

import pytest
from django.utils import translation

from crm.timeline.sources import words_of


@pytest.mark.parametrize(("source", "words"), [("facebook", "פייסבוק"), ("share", "שיתוף של חבר"), ("mail", "דיוור")])
def test_a_known_source_is_said_in_the_readers_language(source: str, words: str) -> None:
    with translation.override("he"):
        assert words_of(source) == words
    with translation.override("en"):
        assert words_of("share") == "a friend's share"


def test_an_owners_own_word_stands_as_it_was_written() -> None:
    with translation.override("he"):
        assert words_of("Radio Haifa 107.5") == "Radio Haifa 107.5"
    assert words_of("") == ""
