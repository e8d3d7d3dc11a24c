"""Gunicorn's settings: a fixed number of blocking threads, so that connections to the database are counted too."""

from __future__ import annotations

from typing import Any

from config.launcher.processes import end_with_parent

worker_class = "gthread"
workers = 2
threads = 4
preload_app = True
graceful_timeout = 5
timeout = 60
keepalive = 5
accesslog = None  # the application logs requests itself, without tokens
loglevel = "warning"
control_socket_disable = True


def post_fork(_server: Any, _worker: Any) -> None:
    end_with_parent()
