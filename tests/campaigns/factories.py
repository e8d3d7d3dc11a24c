"""Factories of campaigns: documents of blocks. Pages' and mailings' own tables have theirs beside their tests."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from campaigns.content import documents
from campaigns.content.models import Document
from tests.crm.factories import WorkspaceFactory


class DocumentFactory(DjangoModelFactory[Document]):
    """A draft of a page without blocks. Traits name the medium; `blocks` are made with `block("text", text="...")`."""

    class Meta:
        model = Document

    class Params:
        for_mail = factory.Trait(medium=Document.Medium.MAIL)
        for_thanks = factory.Trait(medium=Document.Medium.THANKS)

    workspace = factory.SubFactory(WorkspaceFactory)
    medium = Document.Medium.PAGE
    language = "he"
    blocks: Any = factory.LazyFunction(list)


def block(kind: str, *, rule: Any = None, pair: str = "", **data: Any) -> dict[str, Any]:
    """A block as the editor stores it, every key of its data there."""
    from campaigns.content import blocks

    made = documents.new_block(kind, "he", **data)
    made["data"] = {attribute.key: attribute.empty() for attribute in blocks.get(kind).attributes} | made["data"]
    if kind == "form":
        made["data"]["questions"] = [{"label": "", "low": "", "high": ""} | row for row in made["data"]["questions"]]
    return made | ({"rule": rule} if rule else {}) | ({"pair": pair} if pair else {})
