"""After every verb the panes equal those of a reload."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.content import focus
from tests.campaigns.factories import DocumentFactory, block
from tests.campaigns.pages.factories import LandingPageFactory
from tests.swaps import part

PANES = ["content-status", "content-blocks", "content-panel", "content-views", "content-tools"]


@pytest.mark.parametrize(
    ("name", "place", "sent"),
    [
        ("editor_blocks", None, {"type": "form"}),
        ("editor_copies", 1, {}),
        ("editor_deletion", 1, {}),
        ("editor_place", 0, {"step": "down"}),
        ("editor_pair", 0, {}),
        ("editor_audience", 0, {"audience": "known"}),
        ("editor_undo", None, {}),
    ],
)
def test_the_panes_after_a_verb_equal_a_reload(
    name: str, place: int | None, sent: dict[str, Any], owner_client: Client, workspace
) -> None:
    blocks = [block("text", text="{{ first_name }}"), block("heading", text="כותרת", rule=focus.KNOWN)]
    document = DocumentFactory(workspace=workspace, blocks=blocks)
    page = LandingPageFactory(workspace=workspace, document=document)
    here = reverse("pages:page_editor", args=[workspace.slug, page.pk]) + f"?block={blocks[0]['id']}"
    kwargs = {"workspace": workspace.slug, "pk": document.pk} | (
        {} if place is None else {"block": blocks[place]["id"]}
    )
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{here}"}
    swapped = owner_client.post(reverse(f"content:{name}", kwargs=kwargs), {"latest": 1, **sent}, headers=headers)
    assert swapped.status_code == 200
    reloaded = owner_client.get(swapped.headers.get("HX-Replace-Url", here)).content.decode()
    new = swapped.content.decode().replace(' hx-swap-oob="true"', "")
    for pane in PANES:
        assert part(new, pane) == part(reloaded, pane), pane
