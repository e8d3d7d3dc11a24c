from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from crm.models import Contact, Workspace
from tests.crm.factories import ContactFactory


@pytest.fixture
def contact(workspace: Workspace) -> Contact:
    return ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה")


@pytest.fixture
def url(workspace: Workspace) -> Callable[..., str]:
    """`url("note_edit", pk=5)`: the address of a view of this room in the business of the test."""

    def address(name: str, **kwargs: Any) -> str:
        return reverse(f"notes:{name}", kwargs={"workspace": workspace.slug, **kwargs})

    return address
