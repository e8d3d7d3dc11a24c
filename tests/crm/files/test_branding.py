"""The business's colour: a stylesheet for ever, readable whatever the colour."""

from __future__ import annotations

import re

import pytest

from crm.files.branding import PAPER, contrast, rgb, stylesheet_url


def values(css):
    return dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", css))


@pytest.mark.parametrize("colour", ["#0B5F70", "#ffffff", "#000000", "#F4B740", "#7f7f7f", "#12783f", "#ff00aa"])
def test_words_on_the_brand_and_in_the_brand_can_be_read(client, colour):
    answer = client.get(stylesheet_url(colour))
    found = values(answer.content.decode())
    assert found["brand"] == colour.lower()
    assert contrast(rgb(found["brand"]), rgb(found["on-brand"])) >= 4
    assert contrast(rgb(found["brand-text"]), PAPER) >= 4.5
    assert (answer.headers["Cache-Control"], len(answer.cookies)) == ("public, max-age=31536000, immutable", 0)


def test_a_colour_that_is_none_falls_back(client):
    assert stylesheet_url("url(evil)") == stylesheet_url("#0B5F70") == "/files/brand/0b5f70.css"
    assert client.get("/files/brand/zzzzzz.css").status_code == 404
