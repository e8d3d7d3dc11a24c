"""A kind says itself in a sentence, in text and in HTML, and nothing people typed becomes markup or a template."""

from __future__ import annotations

import pytest
from django.utils import translation

from crm.timeline import kinds


def told(subject, **properties):
    return kinds.markup("test.told", subject=subject, properties=properties)


@pytest.fixture(autouse=True)
def _told(monkeypatch):
    kind = kinds.Kind("test.told", "Told", "Told %(subject)s {it} in 100%% <b> & %(missing)s", detail="%(note)s")
    monkeypatch.setitem(kinds._kinds, kind.name, kind)


@pytest.mark.parametrize("typed", ["<i>x</i>", "{0}", "{unused}", "%(subject)s", "100%", "a'b\"c", "\u202eעברית"])
def test_what_people_typed_stays_what_they_typed(typed):
    sentence, detail = told(typed, note=typed)
    escaped = typed.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;").replace('"', "&quot;")
    assert sentence == f"Told <b><bdi>{escaped}</bdi></b> {{it}} in 100% &lt;b&gt; &amp; <bdi></bdi>"
    assert detail == f"<bdi>{escaped}</bdi>"


def test_a_subject_that_is_gone_is_said_to_be_gone():
    with translation.override("en"):
        assert "(removed)" in told("")[0]
        assert kinds.sentence("test.told", subject="", properties={}) == "Told (removed) {it} in 100% <b> & "


def test_a_kind_whose_room_is_gone_shows_its_name():
    assert kinds.markup("gone.by", subject="", properties={}) == ("gone.by", "")
    assert kinds.sentence("custom.50%", subject="", properties={}) == "50%"


def test_one_name_has_one_kind():
    with pytest.raises(ValueError, match=r"test\.told"):
        kinds.register(kinds.Kind("test.told", "Other", "Other"))
