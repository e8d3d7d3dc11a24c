"""What the application is told: the operator's variables first, then our own values for what they left open."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.launcher.home import ROOT, Home
from config.launcher.words import Problem


def port() -> int:
    """PORT, 8000 unless told. Raises Problem on anything else than a port."""
    value = os.environ.get("PORT") or "8000"
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        raise Problem(f"PORT must be a number from 1 to 65535; it is {value!r}.")
    return int(value)


def bind() -> str:
    """The address the web server listens on. Only this machine unless told, for the demo's password is well known."""
    return os.environ.get("BIND") or "127.0.0.1"


def site_url() -> str:
    return (os.environ.get("SITE_URL") or f"http://localhost:{port()}").rstrip("/")


def wants_demo() -> bool:
    """MASHPECH_DEMO=0 or 1; by default the demo is loaded into our own database only, and never where the world looks in."""
    value = os.environ.get("MASHPECH_DEMO", "")
    if value not in ("", "0", "1"):
        raise Problem(f"MASHPECH_DEMO must be 0 or 1; it is {value!r}.")
    return value == "1" or (value == "" and not given("DATABASE_URL") and is_local())


def is_local() -> bool:
    """Whether the site is for this machine alone, as far as its address says."""
    return urlsplit(site_url()).hostname in ("localhost", "127.0.0.1", "::1")


def given(name: str) -> bool:
    return bool(os.environ.get(name))


@dataclass(frozen=True)
class Servers:
    """Where the servers are: the operator's or ours. An empty broker means: none runs, so tasks and cache stay in memory."""

    database_url: str
    broker_url: str


def for_application(home: Home, servers: Servers) -> dict[str, str]:
    """The environment of every process that loads the settings."""
    site = site_url()
    own = home.secrets() | {
        "DATABASE_URL": servers.database_url,
        "BROKER_URL": servers.broker_url or "memory://",
        "SITE_URL": site,
        "MEDIA_ROOT": str(home.path / "media"),
        "STATIC_ROOT": str(home.path / "static"),
        "MASHPECH_HOME": str(home.path),
    }
    for internal in ("mark", "database_password"):
        own.pop(internal)
    if urlsplit(site).hostname == "localhost":
        own["EXTRA_HOSTS"] = "127.0.0.1"
    told = {name: value for name, value in os.environ.items() if value}
    fixed = {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    return own | told | fixed
