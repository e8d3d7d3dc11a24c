"""One readable line a record: time, part, level, words, and the request or task it belongs to."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

import structlog

TOKEN = re.compile(r"/[\w.~-]{24,}")  # a part of a path this long is a personal link, not a name


def configure() -> None:
    """Sends what structlog collects (a request, its code, its member) through Django's own logging."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        leave_out,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ]
    structlog.configure(
        processors=processors,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def leave_out(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """One line a request, when it is finished; what a personal link carries, and what was searched for, is not written down."""
    if event.get("event") == "request_started":
        raise structlog.DropEvent
    return {name: bare(value) if name == "request" else value for name, value in event.items()}


def bare(request: str) -> str:
    """ "GET /u/<token>/?q=dana" without token and query, either of which may name a person."""
    return TOKEN.sub("/…", request.partition("?")[0])


class LineFormatter(logging.Formatter):
    """Renders both plain records and structlog's event dictionaries; values are kept on one line."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = dict(record.msg) if isinstance(record.msg, dict) else {}
        words = str(fields.pop("event", "") or record.getMessage()).replace("\n", " | ")
        extras = " ".join(f"{name}={value}" for name, value in fields.items() if name in SHOWN)
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        line = f"{time} {record.levelname.lower():<7} {record.name:<24} {words} {extras}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


SHOWN = ("code", "request", "request_id", "user_id", "task", "task_id", "duration")
