"""What an answer to nonsense may be, and how nonsense is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.db import transaction

from tests.house.conftest import Pair
from tests.house.screens import none_of


class Judge:
    """Sends and looks: a clean save is taken back, a refusal is left, so that one look at the end shows what it changed.

    judge = Judge(pair); judge("what was sent", lambda: client.post(...)); judge.rule()
    """

    def __init__(self, pair: Pair) -> None:
        self.pair, self.faults = pair, []  # type: ignore[var-annotated]

    def __call__(self, what: str, send: Callable[[], Any], *, saved: Callable[[], list[str]] = list) -> Any:
        """The answer. `saved` tells faults of what was taken, while it is there."""
        with transaction.atomic():
            response = send()
            if response.status_code < 400:
                self.faults += [f"{what}: {fault}" for fault in saved()]
                transaction.set_rollback(True)
        if response.status_code >= 500:
            self.faults.append(f"{what}: {response.status_code}")
        return response

    def rule(self) -> None:
        """Fails with every fault."""
        none_of(
            [
                *sorted(set(self.faults)),
                *(f"something was refused and yet changed {table}" for table in self.pair.changed()),
            ]
        )


def post(key: Any, path: str, body: Any) -> Any:
    """As any program may send it: also what Python would not, such as NaN and half a letter."""
    return key.generic("POST", path, json.dumps(body), content_type="application/json")
