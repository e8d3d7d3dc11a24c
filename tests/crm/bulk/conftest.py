from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from crm.models import Workspace


@pytest.fixture
def url(workspace: Workspace) -> Callable[..., str]:
    """`url("act_page", pk=5)`: the address of a view of this room in the business of the test."""

    def address(name: str, **kwargs: Any) -> str:
        return reverse(f"bulk:{name}", kwargs={"workspace": workspace.slug, **kwargs})

    return address
