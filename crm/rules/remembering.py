"""Names that many conditions ask for - fields, lists, tags, segments - read once while a screen is drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_memory: ContextVar[dict[Hashable, Any] | None] = ContextVar("rule_words", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, `remember` answers a question once. Nested uses share the outer memory."""
    if _memory.get() is not None:
        yield
        return
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def remember(key: Hashable, load: Callable[[], T]) -> T:
    memory = _memory.get()
    if memory is None:
        return load()
    if key not in memory:
        memory[key] = load()
    found: T = memory[key]
    return found
