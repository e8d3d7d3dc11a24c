"""A line of the log tells what was asked, never of whom."""

from __future__ import annotations

import pytest

from config.logs import bare


@pytest.mark.parametrize(
    ("request_line", "written"),
    [
        ("GET /w/foam/contacts/?q=dana@example.test", "GET /w/foam/contacts/"),
        ("GET /u/AQAAAAEAAAAAAAAAB2abcdefghijklmnop/", "GET /u/…/"),
        ("GET /login/?next=/invitations/AQAAAAEAAAAAAAAAB2abcdefghijklmnop/", "GET /login/"),
        ("POST /p/foam/friend/", "POST /p/foam/friend/"),
    ],
)
def test_neither_tokens_nor_searches_are_written_down(request_line: str, written: str) -> None:
    assert bare(request_line) == written
