from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from crm.models import Workspace


@pytest.fixture
def url(workspace: Workspace) -> str:
    return reverse("exports:contacts", kwargs={"workspace": workspace.slug})


@pytest.fixture
def download(owner_client: Any, url: str) -> Callable[..., Any]:
    """`download("list=3", format="csv")`: the answer to the form as an owner sends it, all plain columns chosen."""

    def send(query: str = "", *, client: Any = None, **said: Any) -> Any:
        page = (client or owner_client).get(f"{url}?{query}")
        columns = page.context["form"].initial["columns"]
        return (client or owner_client).post(f"{url}?{query}", {"format": "csv", "columns": columns} | said)

    return send
