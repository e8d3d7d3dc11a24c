"""One readable line a record: time, part, level, words, and the request or task it belongs to."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any


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
