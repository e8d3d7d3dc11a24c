from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.content import focus
from campaigns.content.models import Document
from tests.campaigns.factories import DocumentFactory, block
from tests.crm.factories import ContactFactory, TagFactory, WorkspaceFactory

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/w/foam/pages/1/?view=known"}


@pytest.fixture
def document(workspace: Any) -> Document:
    blocks = [
        block("heading", text="לתת לחבר"),
        block("text", text='היי {{ first_name | default: "חברים" }}', rule=focus.KNOWN, pair="pairpair"),
        block("text", text="נעים להכיר!", rule=focus.UNKNOWN, pair="pairpair"),
    ]
    return DocumentFactory(workspace=workspace, blocks=blocks)


def url(name: str, document: Document, place: int | None = None) -> str:
    kwargs = {"workspace": document.workspace.slug, "pk": document.pk}
    if place is not None:
        kwargs["block"] = document.blocks[place]["id"]
    return reverse(f"content:{name}", kwargs=kwargs)


def say(client: Client, name: str, document: Document, place: int | None = None, **sent: Any) -> Any:
    answer = client.post(url(name, document, place), {"latest": document.revision, **sent}, headers=HTMX)
    document.refresh_from_db()
    return answer


def test_what_is_typed_is_saved_and_the_browser_learns_the_revision(owner_client, document) -> None:
    answer = say(owner_client, "editor_block", document, 0, editing="content", text="כותרת אחרת")
    assert answer.status_code == 200
    assert document.blocks[0]["data"]["text"] == "כותרת אחרת"
    assert 'name="latest" id="content-revision" value="2"' in answer.content.decode()
    assert f'id="summary-{document.blocks[0]["id"]}"' in answer.content.decode()


def test_a_fault_is_said_at_its_field_and_nothing_is_saved(owner_client, document) -> None:
    answer = say(owner_client, "editor_block", document, 1, editing="content", text="{{ nobody }}")
    assert answer.status_code == 422
    assert 'id="fault-text"' in answer.content.decode()
    assert document.revision == 1


def test_a_stale_save_is_answered_with_both_versions(owner_client, document) -> None:
    say(owner_client, "editor_block", document, 0, editing="content", text="של השנייה")
    answer = say(owner_client, "editor_block", document, 0, editing="content", text="שלי", latest=1)
    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#content-conflict"
    assert "של השנייה" in answer.content.decode()
    assert "שלי" in answer.content.decode()
    assert document.blocks[0]["data"]["text"] == "של השנייה"


@pytest.mark.parametrize("name", ["editor_place", "editor_copies", "editor_deletion", "editor_audience", "editor_pair"])
def test_every_verb_refuses_a_stale_revision(name: str, owner_client, document) -> None:
    answer = say(owner_client, name, document, 0, latest=0, audience="known", step="down")
    assert answer.status_code == 409
    assert document.revision == 1


def test_a_block_is_added_and_opened(owner_client, document) -> None:
    answer = say(owner_client, "editor_blocks", document, type="spacer", after=document.blocks[0]["id"])
    assert [each["type"] for each in document.blocks] == ["heading", "spacer", "text", "text"]
    assert answer["HX-Replace-Url"].startswith("/w/foam/pages/1/?")
    assert document.blocks[1]["id"] in answer["HX-Replace-Url"]
    assert "view=known" in answer["HX-Replace-Url"], "the rest of the editor's state stays"


def test_a_deleted_block_comes_back_by_the_toast(owner_client, document) -> None:
    answer = say(owner_client, "editor_deletion", document, 0)
    assert len(document.blocks) == 2
    assert f"undo/?revision={document.revision}" in answer["HX-Trigger"]
    owner_client.post(url("editor_undo", document) + f"?revision={document.revision}")
    document.refresh_from_db()
    assert len(document.blocks) == 3


def test_order_is_changed_by_drag_and_by_steps(owner_client, document) -> None:
    first = document.blocks[0]["id"]
    ids = [each["id"] for each in document.blocks]
    say(owner_client, "editor_order", document, ids=",".join(reversed(ids)))
    assert document.blocks[-1]["id"] == first
    say(owner_client, "editor_place", document, 2, step="up")
    assert document.blocks[0]["id"] == first, "it steps over the pair as a whole"
    assert say(owner_client, "editor_order", document, ids="abcdefgh").status_code == 404


def test_who_sees_a_block_is_chosen(owner_client, document) -> None:
    for audience in ("known", "unknown", "at", "no_at"):
        say(owner_client, "editor_audience", document, 0, audience=audience)
        assert focus.audience_of(document.blocks[0]["rule"]) == audience
    say(owner_client, "editor_audience", document, 0, audience="everyone")
    assert "rule" not in document.blocks[0]
    assert say(owner_client, "editor_audience", document, 0, audience="nobody").status_code == 422


def test_other_conditions_open_the_builder_and_its_rule_is_kept(owner_client, document) -> None:
    TagFactory(workspace=document.workspace, name="vip")
    opened = say(owner_client, "editor_audience", document, 0, audience="other")
    assert "builder" in opened.content.decode()
    rule = '{"all": [{"tag": "vip"}]}'
    say(owner_client, "editor_audience", document, 0, audience="other", is_open="other", rule=rule)
    assert document.blocks[0].get("rule") == {"all": [{"tag": "vip"}]}
    broken = say(
        owner_client, "editor_audience", document, 0, audience="other", is_open="other", rule='{"all": [{"list": 99}]}'
    )
    assert broken.status_code in (200, 422)
    assert document.blocks[0].get("rule") != {"all": [{"list": 99}]}


def test_the_other_side_is_made_with_one_click(owner_client, document) -> None:
    answer = say(owner_client, "editor_pair", document, 0)
    assert answer.status_code == 200
    assert [focus.audience_of(each["rule"]) for each in document.blocks] == ["known", "unknown", "known", "unknown"]


def test_the_questions_of_a_form_are_added_moved_and_removed(owner_client, workspace) -> None:
    document = DocumentFactory(workspace=workspace, blocks=[block("form")])
    sent = {
        "editing": "content",
        "title": "",
        "button": "שליחה",
        "question": ["first_name", "email"],
        "required-1": "1",
    }
    say(owner_client, "editor_block", document, 0, **sent, do="add", new_question="phone")
    rows = document.blocks[0]["data"]["questions"]
    assert [(row["field"], row["required"]) for row in rows] == [
        ("first_name", False),
        ("email", True),
        ("phone", False),
    ]
    say(owner_client, "editor_block", document, 0, **sent, do="up:1")
    assert [row["field"] for row in document.blocks[0]["data"]["questions"]] == ["email", "first_name"]
    say(owner_client, "editor_block", document, 0, **sent, do="remove:0", tags="vip, vip ,new")
    assert [row["field"] for row in document.blocks[0]["data"]["questions"]] == ["email"]
    assert document.blocks[0]["data"]["tags"] == ["vip", "new"]


@pytest.mark.parametrize(
    "sent", [{}, {"do": "remove:99"}, {"do": "up:x"}, {"question": "f1"}, {"lists": "9" * 30}, {"tags": "x" * 99}]
)
def test_a_mangled_form_panel_is_an_answer_not_a_crash(sent: dict, owner_client, workspace) -> None:
    document = DocumentFactory(workspace=workspace, blocks=[block("form")])
    assert say(owner_client, "editor_block", document, 0, editing="content", **sent).status_code in (200, 422)


def test_without_scripts_a_verb_sends_the_browser_back(owner_client, document) -> None:
    came_from = "http://testserver/w/foam/pages/1/"
    answer = owner_client.post(url("editor_copies", document, 0), {"revision": 1}, headers={"Referer": came_from})
    assert (answer.status_code, answer["Location"]) == (302, came_from)
    away = owner_client.post(
        url("editor_undo", document), {"revision": 2}, headers={"Referer": "https://evil.example/"}
    )
    assert away["Location"] == "/"


def test_a_reader_may_look_and_not_write(client_as, analyst, document) -> None:
    client = client_as(analyst)
    assert client.get(url("preview", document)).status_code == 200
    assert client.post(url("editor_undo", document), {"revision": 1}).status_code == 403


def test_documents_of_another_business_are_not_there(owner_client, document) -> None:
    foreign = DocumentFactory(workspace=WorkspaceFactory(), blocks=[block("heading")])
    for name, place in [("preview", None), ("editor_undo", None), ("editor_blocks", None), ("editor_block", 0)]:
        address = url(name, foreign, place).replace(foreign.workspace.slug, document.workspace.slug)
        call = owner_client.get if name == "preview" else owner_client.post
        assert call(address, {"latest": 1}).status_code == 404
    gone = url("editor_copies", document, 0).replace(document.blocks[0]["id"], "zzzzzzzz")
    assert owner_client.post(gone, {"latest": 1}).status_code == 404


def test_the_preview_shows_each_reader_their_side(owner_client, document) -> None:
    dana = ContactFactory(workspace=document.workspace, first_name="דנה", email="dana@example.test")
    seen = {
        who: owner_client.get(url("preview", document), {"as": who}).content.decode()
        for who in (str(dana.pk), "stranger", "example")
    }
    assert "היי דנה" in seen[str(dana.pk)]
    assert "נעים להכיר!" not in seen[str(dana.pk)]
    assert "היי" not in seen["stranger"]
    assert "נעים להכיר!" in seen["stranger"]
    assert "היי דנה" in seen["example"]
    assert owner_client.get(url("preview", document), {"as": ContactFactory().pk}).status_code == 404


def test_the_preview_runs_nothing_and_is_framed_by_us_only(owner_client, document) -> None:
    answer = owner_client.get(url("preview", document))
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_a_mail_is_previewed_too(owner_client, workspace) -> None:
    document = DocumentFactory(
        workspace=workspace, for_mail=True, blocks=[block("button", text="לפרטים", link="https://a.example/1")]
    )
    shown = owner_client.get(
        url("preview", document), {"as": "stranger", "selected": document.blocks[0]["id"]}
    ).content.decode()
    assert 'href="https://a.example/1"' in shown
