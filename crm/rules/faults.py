from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

Text = Any  # a string or a lazy translation of one


class RuleError(ValidationError):
    """A rule that cannot be read. `path` says where ("all.1.value"; "" is the rule itself), `message` what to do."""

    def __init__(self, path: str, message: Text) -> None:
        super().__init__(message, code="rule")
        self.path = path

    def nested(self, root: str = "rule") -> dict[str, Any]:
        """As REST tells it: {"rule": {"all": {"1": {"value": ["…"]}}}}."""
        answer: Any = self.messages
        for step in reversed([root, *filter(None, self.path.split("."))]):
            answer = {step: answer}
        return dict(answer)


def step(path: str, *names: str | int) -> str:
    """The path one or more steps further in."""
    return ".".join(part for part in [path, *map(str, names)] if part)
