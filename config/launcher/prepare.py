"""Brings the data up to date, in one process for one import of Django: migrations, static files, the demo.

Run by `run` as a child; the last line on standard output is JSON: {"demo": whether the demo's owner can sign in}.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error as DatabaseError

from config.launcher.home import ROOT
from config.launcher.words import Problem, say, step

DEMO_OWNER = "owner@foam.example.test"


def main() -> int:
    try:
        django.setup()
        migrate()
        collect_static_files()
        if os.environ.get("MASHPECH_DEMO") == "1":
            load_demo()
        print(json.dumps({"demo": demo_is_there()}))
    except (Problem, DatabaseError) as problem:
        say(f"{problem}".strip())
        return 1
    return 0


def migrate() -> None:
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if waiting:
        with step(f"{waiting} migrations"):
            call_command("migrate", interactive=False, verbosity=0)


def collect_static_files() -> None:
    """Only when a source changed; the stamp is written last, so a broken-off copy is made again."""
    stamp = Path(settings.STATIC_ROOT) / "collected"
    wanted = sources_of_static_files()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with step("static files"):
        stamp.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(wanted)


def sources_of_static_files() -> str:
    """Changes when a file of ours or a package changes. A file's time would change with every clone, so contents count."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    digest.update(str(settings.STORAGES["staticfiles"]).encode())
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
            digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def load_demo() -> None:
    if "demo" not in get_commands() or apps.get_model("crm", "Workspace").objects.exists():
        return
    say("  loading the demo business, once: about half a minute ...")
    with step("the demo business"):
        call_command("demo", verbosity=0, stdout=sys.stderr)


def demo_is_there() -> bool:
    return bool(apps.get_model("crm", "User").objects.filter(email=DEMO_OWNER).exists())


if __name__ == "__main__":
    sys.exit(main())
