"""Celery's worker, whose processes end with it: without the wish they would outlive a killed parent.

Four of them: a long mailing, a long import and a segment that is worked out anew leave one for what must happen in seconds.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from celery.platforms import SecurityWarning
from celery.signals import worker_process_init

from config.celery import app
from config.launcher.processes import end_with_parent

PROCESSES = 4


@worker_process_init.connect
def wish(**_kwargs: Any) -> None:
    end_with_parent()


if __name__ == "__main__":
    warnings.simplefilter("ignore", SecurityWarning)  # bin/run may be started by root
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    sys.exit(app.worker_main(["--quiet", "worker", "--concurrency", str(PROCESSES), "--loglevel", "INFO", *quiet]))
