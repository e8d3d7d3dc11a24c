from __future__ import annotations

import json
import re
from itertools import product
from typing import Any

import pytest

from campaigns.content import compiling, documents
from campaigns.content.compiling import Compiled, CompiledMail, FormState, MailContext, PageContext, assemble
from campaigns.content.focus import KNOWN, UNKNOWN
from tests.campaigns.factories import block
from tests.crm.factories import FileFactory, WorkspaceFactory

HOLES = {
    "unsubscribe": "https://out.example/u",
    "open_pixel": "<img>",
    "share_url": "/share",
    "page_url": "/p",
    "not_you": "<i>",
}
NAUGHTY = '<script>alert("x")</script> & {% now %} \u202e עברית'


@pytest.fixture
def blocks(workspace: Any) -> list[dict[str, Any]]:
    picture = FileFactory(workspace=workspace)
    made = [
        block("heading", text='שלום {{ first_name | default: "לכם" }}'),
        block("image", file=picture.pk, alt='רכב & "קצף"', link="https://a.example/pic?x=1&y=2"),
        block(
            "text", text=f"{NAUGHTY} [here](https://a.example/1) and https://b.example/2", rule=KNOWN, pair="pairpair"
        ),
        block("whatsapp_share", link="https://a.example/share", rule=KNOWN, pair="pairpair"),
        block("text", text="- one\n- [two](mailto:a@example.test)", rule=UNKNOWN, pair="pairpair"),
        block(
            "button",
            text="לפרטים",
            link="https://a.example/1",
            rule={"field": "first_name", "op": "contains", "value": "ד"},
        ),
        block("spacer", line=True),
    ]
    return documents.clean_blocks(made, workspace, "mail")


def mail(blocks: list[dict[str, Any]], workspace: Any, **context: Any) -> CompiledMail:
    return compiling.compile_mail(
        blocks,
        workspace=workspace,
        subject='{{ first_name | default: "שלום" }}, בואו',
        preheader="רגע & לפני",
        mail_context=MailContext(**{"reason": "כי נרשמתם", **context}),
    )


def joined(compiled: CompiledMail, part: str, visible: set[str], values: dict[str, str] | None = None) -> str:
    urls = [link.url for link in compiled.links]
    return assemble(getattr(compiled, part), values=values or {}, visible=visible, links=urls, holes=HOLES)


def test_assembling_a_mail_equals_drawing_only_the_blocks_that_are_seen(blocks, workspace) -> None:
    compiled = mail(blocks, workspace)
    for held in product([False, True], repeat=len(compiled.rules)):
        visible = {key for key, is_held in zip(compiled.rules, held, strict=True) if is_held}
        seen_rules = [compiled.rules[key] for key in visible]
        seen = [
            {key: value for key, value in each.items() if key not in ("rule", "pair")}
            for each in blocks
            if "rule" not in each or each["rule"] in seen_rules
        ]
        direct = mail(seen, workspace)
        for part in ("html", "text", "subject"):
            assert joined(compiled, part, visible) == joined(direct, part, set())


def test_assembling_a_page_equals_drawing_only_the_blocks_that_are_seen(blocks, workspace) -> None:
    everything = [*blocks, block("form", rule=UNKNOWN)]
    compiled = compiling.compile_web(everything, workspace=workspace, page_context=PageContext())
    known = next(key for key, rule in compiled.rules.items() if rule == KNOWN)
    seen = [
        {key: value for key, value in each.items() if key != "rule"}
        for each in everything
        if each.get("rule") in (None, KNOWN)
    ]
    direct = compiling.compile_web(seen, workspace=workspace, page_context=PageContext())
    one = assemble(compiled.html, values={}, visible={known}, links=[], holes=HOLES)
    other = assemble(direct.html, values={}, visible=set(), links=[], holes=HOLES)
    blank = re.compile(r"\s+|<i>")
    assert blank.sub("", one) == blank.sub("", other)


def test_what_is_compiled_survives_json(blocks, workspace) -> None:
    compiled = mail(blocks, workspace)
    again = CompiledMail.from_json(json.loads(json.dumps(compiled.to_json())))
    assert again == compiled
    page = compiling.compile_web(blocks, workspace=workspace, page_context=PageContext())
    assert Compiled.from_json(json.loads(json.dumps(page.to_json()))) == page


def test_links_are_numbered_one_for_each_place_they_stand_in(blocks, workspace) -> None:
    compiled = mail(blocks, workspace)
    assert [link.position for link in compiled.links] == list(range(5))
    assert [link.label for link in compiled.links][1:3] == ["here", "https://b.example/2"]
    assert compiled.links[0].url == "https://a.example/pic?x=1&y=2"
    html = assemble(
        compiled.html, values={}, visible=set(compiled.rules), links=lambda n: f"https://l.example/{n}", holes=HOLES
    )
    assert set(re.findall(r'href="(https://[^"]+)"', html)) == {f"https://l.example/{n}" for n in range(5)} | {
        HOLES["unsubscribe"]
    }
    assert 'href="mailto:a@example.test"' in html, "a letter is not redirected"


def test_nothing_a_user_wrote_becomes_markup(blocks, workspace) -> None:
    workspace.name = workspace.postal_address = NAUGHTY
    html = joined(
        mail(blocks, workspace, reason=NAUGHTY),
        "html",
        set(mail(blocks, workspace).rules),
        {'first_name | default: "לכם"': NAUGHTY},
    )
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4


def test_a_hebrew_mail_says_its_direction_everywhere(blocks, workspace) -> None:
    html = joined(mail(blocks, workspace), "html", set())
    assert '<html lang="he" dir="rtl"' in html
    assert all('dir="rtl"' in table for table in re.findall(r"<table[^>]*>", html))
    assert "ltr" not in html
    assert not re.search(r"text-align:\s?(left|start)", html)


def test_an_english_mail_runs_from_left_to_right(blocks) -> None:
    workspace = WorkspaceFactory(english=True)
    html = joined(mail(blocks, workspace, language="en"), "html", set())
    assert "rtl" not in html
    assert "Removal from mailings" in html


def test_a_name_with_line_breaks_stays_on_the_subject_line(blocks, workspace) -> None:
    compiled = mail(blocks, workspace)
    subject = joined(compiled, "subject", set(), {'first_name | default: "שלום"': "דנה\r\nBcc: all@example.test"})
    assert subject == "דנה Bcc: all@example.test, בואו"


def test_equal_rules_are_asked_once(blocks, workspace) -> None:
    assert len(mail(blocks, workspace).rules) == 3


def test_a_strangers_page_holds_nothing_of_anybody(blocks, workspace) -> None:
    compiled = compiling.compile_web(blocks, workspace=workspace, page_context=PageContext())
    html = assemble(compiled.html, values={}, visible=set(), links=[], holes={})
    assert "לכם" in html
    assert "alert" not in html, "a block for those we know is not even there"
    assert "csrf" not in html


def test_a_form_is_drawn_again_with_what_was_typed_and_what_is_wrong(workspace) -> None:
    form = block("form")
    context = PageContext(forms={form["id"]: FormState(values={"email": 'a"b'}, errors={"email": ["כתבו מייל"]})})
    compiled = compiling.compile_web([form], workspace=workspace, page_context=context)
    html = assemble(compiled.html, values={}, visible=set(), links=[], holes={f"form_stamp:{form['id']}": "STAMP"})
    assert 'value="a&quot;b"' in html
    assert 'aria-invalid="true"' in html
    assert "כתבו מייל" in html
    assert 'name="stamp" value="STAMP"' in html


def test_who_is_known_may_say_not_you_after_the_share_button(blocks, workspace) -> None:
    compiled = compiling.compile_web(blocks, workspace=workspace, page_context=PageContext())
    kinds = [piece for piece in compiled.html if piece[0] in "ih"]
    assert [piece[1] for piece in kinds if piece[0] == "h"] == ["not_you"]
    assert "share_url" in json.dumps(kinds[kinds.index(["h", "not_you"]) - 1])
