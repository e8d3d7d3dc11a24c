"""Real worker processes on demand, each a fork that can be killed with SIGKILL at any instant.

    python -m tests.faults.nursery [sending|imports|web|counting|automations]

Every line on standard input starts one worker and answers with its process id; the end of input ends them all. The workers run
the clock's own tasks, with short leases and back-offs so that a test need not wait for hours.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django


def be_a_worker(room: str) -> None:
    rooms = {"sending": send_for_ever, "imports": import_for_ever, "web": serve_for_ever, "counting": count_for_ever}
    rooms |= {"automations": walk_for_ever}
    rooms[room]()


def walk_for_ever() -> None:
    """The clock's task over and over, as several clocks at once; minutes are seconds, and a step takes a while."""
    from campaigns.automations import moving, working
    from campaigns.automations.steps import waiting
    from tests.faults import echo

    echo.register()
    waiting.UNITS["minutes"] = 1 / 60  # type: ignore[assignment]
    moving.MINUTES = (0.01,) * 20  # type: ignore[assignment]
    moving.TOGETHER = int(os.environ.get("MASHPECH_WALKS_TOGETHER", "100"))
    moving._prove = _dawdling(moving._prove)
    moving._go_on = _dawdling(moving._go_on)
    while True:
        as_a_task(lambda: working.work(until=time.monotonic() + 30))
        time.sleep(0.02)


def as_a_task(work: Callable[[], Any]) -> None:
    """A database that is away for a moment fails the task, and the next one begins with a fresh connection, as in Celery."""
    from django.db import DatabaseError, close_old_connections, connection

    try:
        work()
    except DatabaseError:
        connection.close()
    close_old_connections()


def serve_for_ever() -> None:
    """The product's web process on MASHPECH_TEST_PORT, slow to acknowledge what it did."""
    from config.wsgi import application

    def slow(environ: dict[str, Any], start_response: Any) -> Any:
        answer = application(environ, start_response)
        time.sleep(random.random() * 0.05)  # done, and not yet said
        return answer

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        request_queue_size = 100

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    while True:
        try:
            port = int(os.environ["MASHPECH_TEST_PORT"])
            make_server("127.0.0.1", port, slow, server_class=Server, handler_class=Quiet).serve_forever()
        except OSError:  # the one before was killed a moment ago and still holds the port
            time.sleep(0.02)


def count_for_ever() -> None:
    """Counts anonymous answers; every step of a batch takes a while, so that a kill falls into the middle of one."""
    from surveys import opening, tallying

    for name in ("_add", "_keep_remarks", "_say_who"):
        setattr(tallying, name, _dawdling(getattr(tallying, name)))
    while True:
        opening.count_waiting()
        time.sleep(0.01)


def _dawdling(step: Any) -> Any:
    def slow(*arguments: Any) -> Any:
        time.sleep(random.random() * 0.02)
        return step(*arguments)

    return slow


def import_for_ever() -> None:
    from crm.imports import working

    while True:
        working.work(until=time.monotonic() + 30)
        time.sleep(0.02)


def send_for_ever() -> None:
    from campaigns.mailings import tasks
    from crm.bulk import tasks as bulk

    while True:
        for work in (bulk.work, tasks.send_due, tasks.settle_lapsed):
            as_a_task(work)
        time.sleep(0.05)


def hurry() -> None:
    from campaigns.mailings import ledger, sending
    from crm.bulk import working
    from crm.imports import applying, checking, leasing, staging, undoing

    working.CHUNK = 200
    working._mark = _dawdling(working._mark)  # so that a kill falls into the middle of a chunk
    ledger.CLAIM_SECONDS = ledger.SENDING_SECONDS = 3
    sending.MINUTES = (0.01,) * 10  # type: ignore[assignment]
    sending.LOST_MINUTES = 0.01  # type: ignore[assignment]
    leasing.LEASE_SECONDS = 1.0
    chunk = int(os.environ.get("MASHPECH_IMPORT_CHUNK", applying.CHUNK))
    applying.CHUNK = checking.CHUNK = staging.CHUNK = undoing.CHUNK = chunk


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    hurry()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    children = []
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            be_a_worker(sys.argv[1] if len(sys.argv) > 1 else "sending")
        children.append(child)
        print(child, flush=True)  # noqa: T201
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
