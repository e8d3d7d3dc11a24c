"""What the panel of a block sent, as data of the block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from campaigns.content import blocks as block_types
from campaigns.content.panels import PanelForm
from crm.workspaces.models import Workspace


def read_form(block: Mapping[str, Any], sent: QueryDict, workspace: Workspace) -> PanelForm:
    """The form of the tab that `sent` says it is."""
    block_type = block_types.get(block["type"])
    attributes = block_type.design if sent.get("editing") == "design" else block_type.content
    return PanelForm(attributes, workspace, stored=block["data"], sent=sent)


def changes(block: Mapping[str, Any], sent: QueryDict, workspace: Workspace) -> dict[str, Any]:
    """The block's data as the panel sent it: what is faulty is left out, what has a panel of its own is not yet clean."""
    form = read_form(block, sent, workspace)
    form.is_valid()
    is_design = sent.get("editing") == "design"
    return form.changes | ({} if is_design else block_types.get(block["type"]).read_panel(sent))
