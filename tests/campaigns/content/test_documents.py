from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from campaigns.content import blocks as block_types
from campaigns.content import documents, focus
from campaigns.content.documents import NoSuchBlock, StaleRevision
from tests.campaigns.factories import DocumentFactory, block
from tests.crm.factories import CustomFieldFactory, FileFactory, ListFactory, WorkspaceFactory

KINDS = ["heading", "text", "image", "button", "form", "whatsapp_share", "spacer"]


def faults(blocks: Any, workspace: Any, medium: str = "page") -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        documents.clean_blocks(blocks, workspace, medium)
    return error.value.message_dict


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_block_is_clean_again(kind: str, workspace) -> None:
    made = documents.clean_blocks([block(kind)], workspace, "page")
    assert documents.clean_blocks(made, workspace, "page") == made
    assert set(made[0]["data"]) == {attribute.key for attribute in block_types.get(kind).attributes}


def test_there_are_seven_kinds_and_a_form_stands_on_pages_only(workspace) -> None:
    assert {each.name for each in block_types.all_types("page")} == {*KINDS, "survey"}  # which surveys add
    assert {each.name for each in block_types.all_types("mail")} == set(KINDS) - {"form"}
    assert "0.type" in faults([block("form")], workspace, "mail")


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        ("not a list", ""),
        ([1], "0"),
        ([{}], "0.id"),
        ([{"id": "abcd1234", "type": "iframe", "data": {}}], "0.type"),
        ([{"id": "abcd1234", "type": ["text"], "data": {}}], "0.type"),
        ([{"id": "ABCD1234", "type": "text", "data": {}}], "0.id"),
        ([{"id": "abcd1234", "type": "text", "data": []}], "0.data"),
        ([{"id": "abcd1234", "type": "text", "data": {"text": {"a": 1}}}], "0.data.text"),
        ([{"id": "abcd1234", "type": "text", "data": {"html": "<b>"}}], "0.data.html"),
        ([{"id": "abcd1234", "type": "text", "data": {"text": "{{ nobody }}"}}], "0.data.text"),
        ([{"id": "abcd1234", "type": "text", "data": {"text": "x" * 10_001}}], "0.data.text"),
        ([{"id": "abcd1234", "type": "spacer", "data": {"line": "yes"}}], "0.data.line"),
        ([{"id": "abcd1234", "type": "image", "data": {"file": 999_999_999}}], "0.data.file"),
        ([{"id": "abcd1234", "type": "image", "data": {"file": 2**70}}], "0.data.file"),
        ([{"id": "abcd1234", "type": "button", "data": {"link": "javascript:alert(1)"}}], "0.data.link"),
        ([{"id": "abcd1234", "type": "form", "data": {"questions": [{"field": "f99"}]}}], "0.data.questions.0.field"),
        ([{"id": "abcd1234", "type": "form", "data": {"questions": [{"field": "is_admin"}]}}], "0.data.questions.0"),
        ([{"id": "abcd1234", "type": "form", "data": {"consents": [{"channel": "post"}]}}], "0.data.consents.0"),
        ([{"id": "abcd1234", "type": "form", "data": {"lists": [True]}}], "0.data.lists.0"),
        ([{"id": "abcd1234", "type": "text", "data": {}, "rule": {"all": [{"wat": 1}]}}], "0.rule.all.0"),
        ([{"id": "abcd1234", "type": "text", "data": {}}, {"id": "abcd1234", "type": "text", "data": {}}], "1.id"),
    ],
)
def test_malformed_blocks_are_refused_with_the_path_of_the_fault(broken: Any, path: str, workspace) -> None:
    assert path in faults(broken, workspace)


def test_what_belongs_to_another_business_is_refused(workspace) -> None:
    foreign = {"questions": [{"field": CustomFieldFactory().storage_key}], "lists": [ListFactory().pk]}
    found = faults([{"id": "abcd1234", "type": "form", "data": foreign}], workspace)
    assert set(found) == {"0.data.questions.0.field", "0.data.lists.0"}
    assert "0.data.file" in faults([{"id": "abcd1234", "type": "image", "data": {"file": FileFactory().pk}}], workspace)


def test_a_save_on_a_stale_revision_changes_nothing(workspace) -> None:
    document = DocumentFactory(workspace=workspace)
    documents.save(document, [block("heading", text="mine")], revision=1)
    with pytest.raises(StaleRevision) as stale:
        documents.save(document, [block("heading", text="late")], revision=1)
    assert stale.value.document.blocks[0]["data"]["text"] == "mine"
    assert stale.value.document.revision == 2


def test_undo_goes_back_step_by_step_and_fifty_are_kept(workspace) -> None:
    document = DocumentFactory(workspace=workspace)
    for number in range(55):
        documents.save(document, [block("heading", text=str(number))], revision=document.revision)
    assert document.revisions.count() == documents.KEPT_REVISIONS
    documents.undo(document, document.revision)
    documents.undo(document, document.revision)
    assert document.blocks[0]["data"]["text"] == "52"


def test_saving_the_same_blocks_makes_no_revision(workspace) -> None:
    document = DocumentFactory(workspace=workspace)
    made = [block("spacer")]
    documents.save(document, made, revision=1)
    documents.save(document, documents.clean_blocks(made, workspace, "page"), revision=2)
    assert (document.revision, document.revisions.count()) == (2, 1)


def test_a_deleted_list_does_not_lock_the_rest_of_the_document(workspace) -> None:
    joined = ListFactory(workspace=workspace)
    document = DocumentFactory(workspace=workspace)
    documents.save(document, [block("form", lists=[joined.pk]), block("heading")], revision=1)
    joined.delete()
    documents.edit_block(document, document.blocks[1]["id"], revision=2, data={"text": "still possible"})
    assert document.blocks[1]["data"]["text"] == "still possible"
    assert documents.problems(document.blocks, workspace, "page"), "but it cannot be published so"


def test_blocks_are_added_moved_copied_and_deleted(workspace) -> None:
    document = DocumentFactory(workspace=workspace)
    first = documents.add_block(document, "heading", revision=1)
    second = documents.add_block(document, "spacer", revision=2)
    copy = documents.duplicate_block(document, first["id"], revision=3)
    documents.move_block(document, second["id"], revision=4, to=0)
    assert [each["id"] for each in document.blocks] == [second["id"], first["id"], copy["id"]]
    documents.delete_block(document, first["id"], revision=5)
    with pytest.raises(NoSuchBlock):
        documents.delete_block(document, first["id"], revision=6)
    documents.undo(document, 6)
    assert len(document.blocks) == 3


def test_a_pair_has_a_side_for_those_we_know_and_one_for_the_others(workspace) -> None:
    document = DocumentFactory(workspace=workspace, blocks=[block("text")])
    other = documents.make_pair(document, document.blocks[0]["id"], revision=1)
    sides = [focus.audience_of(each["rule"]) for each in document.blocks]
    assert sides == ["known", "unknown"]
    assert document.blocks[0]["pair"] == document.blocks[1]["pair"] == other["pair"]


def test_the_other_side_of_a_share_button_is_a_form(workspace) -> None:
    document = DocumentFactory(workspace=workspace, blocks=[block("whatsapp_share")])
    assert documents.make_pair(document, document.blocks[0]["id"], revision=1)["type"] == "form"


def test_a_pair_that_lost_a_side_is_a_pair_no_more(workspace) -> None:
    document = DocumentFactory(workspace=workspace, blocks=[block("text")])
    other = documents.make_pair(document, document.blocks[0]["id"], revision=1)
    documents.delete_block(document, other["id"], revision=2)
    assert "pair" not in document.blocks[0]
    assert focus.audience_of(document.blocks[0]["rule"]) == "known", "who sees it has not changed"


def test_a_block_steps_over_a_pair_and_joins_it_only_when_carried_inside(workspace) -> None:
    document = DocumentFactory(workspace=workspace, blocks=[block("text"), block("spacer")])
    documents.make_pair(document, document.blocks[0]["id"], revision=1)
    spacer = document.blocks[2]["id"]
    documents.step_block(document, spacer, revision=2, by=-1)
    assert document.blocks[0]["id"] == spacer
    assert "rule" not in document.blocks[0]
    documents.move_block(document, spacer, revision=3, to=1)
    assert focus.audience_of(document.blocks[1]["rule"]) == "known"


def test_problems_say_what_is_missing_before_publishing(workspace) -> None:
    empty = [block("heading", text=""), block("button", text="x"), block("image")]
    assert len(documents.problems(documents.clean_blocks(empty, workspace, "page"), workspace, "page")) == 3
    assert documents.problems([], WorkspaceFactory(), "page")
