from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.content import richtext
from campaigns.content.merging import MergeError
from campaigns.content.pieces import Weaver, assemble
from campaigns.content.rendering import Rendering
from crm.workspaces.models import Workspace

SPICE = st.sampled_from(
    ["**", "_", "[", "](", ")", "\n", "- ", "1. ", "https://a.example/?x=1&y=2", "<script>", "\x00", "0", "&"]
)


def draw(text: str, **options: object) -> str:
    rendering = Rendering(workspace=Workspace(), language="he", medium="page", weaver=Weaver(), **options)  # type: ignore[arg-type]
    return assemble(rendering.weaver.split(rendering.rich(text)), values={}, visible=set(), links=[], holes={})


def test_marks_become_markup_and_markup_becomes_text() -> None:
    drawn = draw("**bold** and <i>no</i>\n[here](https://a.example/?a=1&b=2)")
    assert "<strong>bold</strong>" in drawn
    assert "&lt;i&gt;no&lt;/i&gt;" in drawn
    assert '<br><a href="https://a.example/?a=1&amp;b=2"' in drawn


def test_lines_with_a_dash_are_a_list_and_an_empty_line_parts_paragraphs() -> None:
    assert draw("one\n\n- a\n- b\n\n1. c") == (
        '<p dir="auto">one</p><ul><li dir="auto">a</li><li dir="auto">b</li></ul><ol><li dir="auto">c</li></ol>'
    )


def test_the_text_part_says_where_links_lead() -> None:
    assert draw("see [here](https://a.example) or https://b.example.", plain=True) == (
        "see here (https://a.example) or https://b.example."
    )


@pytest.mark.parametrize("link", ["javascript:alert", "data:text/html,x", "JaVaScRiPt:x", "vbscript:x", "//a", "\\\\a"])
def test_a_dangerous_link_is_refused(link: str) -> None:
    with pytest.raises(ValidationError):
        richtext.clean(f"[x]({link})", Workspace())


@given(st.lists(st.one_of(SPICE, st.text(max_size=6)), max_size=60).map("".join))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_markup_of_its_own(text: str) -> None:
    try:
        clean = richtext.clean(text, Workspace())
    except (MergeError, ValidationError):
        return
    drawn = draw(clean)
    assert "<script" not in drawn
    assert drawn.count("<") == drawn.count(">"), "every bracket is a whole tag of ours"
