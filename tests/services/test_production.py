"""The same code on servers of an operator's own: PostgreSQL, and Redis or RabbitMQ, by environment variables alone."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.launching import environment_of, home_folder, say_of, started
from tests.sinks import running_sink

pytestmark = pytest.mark.services

SERVER = os.environ.get("SERVICES_DATABASE_URL", "postgresql:///postgres?host=/var/run/postgresql")
BROKERS = ["redis://127.0.0.1:6379/5", "amqp://guest:guest@127.0.0.1:5672//"]
SEND = """
from django.contrib.auth import get_user_model
from campaigns.content.documents import new_block, new_document
from campaigns.mailings import planning
from campaigns.mailings.models import Mailing
from crm.contacts.capturing import capture
from crm.models import List, Workspace
from crm.workspaces import founding
w = founding.found(None, name="Foam", slug="foam", language="en")
Workspace.objects.update(sender_name="Foam", sender_email="hello@example.test", postal_address="Here 1")
w.refresh_from_db()
l = List.objects.create(workspace=w, name="all")
capture(w, email="dana@example.test", first_name="Dana", lists=[l], actor="system")
d = new_document(w, "mail", "en", [new_block("text", "en", text="Hi {{ first_name }}")])
audience = {"lists": [l.pk]}
m = Mailing.objects.create(workspace=w, name="x", purpose="service", subject="Hi", document=d, audience=audience)
planning.start(m, None)
"""


def reachable(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.fixture
def database_url() -> Iterator[str]:
    """An empty database on the operator's server, dropped afterwards."""
    name = f"mashpech_{secrets.token_hex(4)}"
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError:
        pytest.skip("needs a PostgreSQL server where a database may be made")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        yield SERVER.replace("/postgres?", f"/{name}?").replace("postgresql:", "postgres:")
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("broker", BROKERS, ids=["redis", "rabbitmq"])
def test_a_mailing_leaves_through_servers_of_the_operator(broker: str, database_url: str, tmp_path: Path) -> None:
    if not reachable(broker):
        pytest.skip(f"needs a broker at {urlsplit(broker).port}")
    with running_sink(tmp_path) as sink, home_folder() as home:
        told = environment_of(home, DATABASE_URL=database_url, BROKER_URL=broker, EMAIL_URL=sink.url)
        with started(told, tmp_path / "run.log"):
            with urllib.request.urlopen(f"http://localhost:{told['PORT']}/healthz", timeout=20) as answer:
                assert json.load(answer) == {"database": "ok", "broker": "ok", "automations": "ok"}
            assert not (home / "pgdata").exists()
            made: subprocess.CompletedProcess[str] = say_of(told, "shell", "-c", SEND, command="manage")
            assert made.returncode == 0, made.stderr
            deadline = time.monotonic() + 60
            while not sink.recipients:
                assert time.monotonic() < deadline, (tmp_path / "run.log").read_text()[-3000:]
                time.sleep(0.25)
            assert sink.recipients == ["dana@example.test"]
