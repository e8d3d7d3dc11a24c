"""For every test: what needs more than Python is left to .ci/run, and the end of the run says how much and why.

`pytest -m browser` (or any other -m) chooses for itself. The database comes from `bin/test`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

ELSEWHERE = {
    "browser": "needs chromium; .ci/run runs them",
    "oracle": "needs chdb; .ci/run runs them",
    "services": "needs outside servers; .ci/run runs them",
    "faults": "takes minutes; .ci/run and bin/faults run them",
}
left_out: Counter[str] = Counter()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.markexpr:
        return
    kept, left = [], []
    for item in items:
        marker = next((name for name in ELSEWHERE if item.get_closest_marker(name)), None)
        if marker:
            left_out[marker] += 1
        (left if marker else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # a process of xdist: its controller collects nothing itself
        session.config.workeroutput["left_out"] = dict(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name, count in getattr(node, "workeroutput", {}).get("left_out", {}).items():
        left_out[name] = max(left_out[name], count)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for name, count in left_out.items():
        terminalreporter.write_line(f"left out: {count} marked {name!r} ({ELSEWHERE[name]})")
