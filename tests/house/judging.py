"""What an answer to nonsense may be, and how nonsense is sent."""

from __future__ import annotations

import json
from typing import Any

from tests.house.conftest import Pair


def judge(pair: Pair, response: Any, what: str) -> list[str]:
    """Faults of an answer to nonsense. Call inside rows.undone()."""
    if response.status_code >= 500:
        return [f"{what}: {response.status_code}"]
    if response.status_code >= 400 and (changed := pair.changed()):
        return [f"{what}: {response.status_code}, and yet changed: {changed}"]
    return []


def post(key: Any, path: str, body: Any) -> Any:
    """As any program may send it: also what Python would not, such as NaN and half a letter."""
    return key.generic("POST", path, json.dumps(body), content_type="application/json")
