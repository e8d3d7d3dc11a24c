"""docs/operators.md names every variable that an operator may set, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = [path for path in (ROOT / "config/launcher").glob("*.py") if path.name != "messages.py"]
NAME = re.compile(r"[A-Z][A-Z0-9_]+")
READERS = {"required", "origin", "given", "getenv"}  # functions whose first argument is a variable's name
OBJECTS = {"env", "environ"}  # env.str("X"), os.environ.get("X"), os.environ["X"]
# bin/run hands these on to its own processes or to Django; nobody sets them.
INTERNAL = {"DJANGO_SETTINGS_MODULE"}


def names_in(node: ast.AST) -> set[str]:
    constants = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return {value for value in constants if isinstance(value, str) and NAME.fullmatch(value)}


def variables_read(source: str) -> set[str]:
    """The names of the environment variables that a module reads, directly or through a name or a loop."""
    tree = ast.parse(source)
    held = {
        target.id: names_in(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.comprehension) and isinstance(node.target, ast.Name):
            held[node.target.id] = names_in(node.iter)
    found: set[str] = set()
    for node in ast.walk(tree):
        argument = _variable_argument(node)
        if isinstance(argument, ast.Name):
            found |= held.get(argument.id, set())
        elif argument is not None:
            found |= names_in(argument)
    return found - INTERNAL


def _variable_argument(node: ast.AST) -> ast.expr | None:
    """What is passed as the variable's name, where `node` reads a variable."""
    if isinstance(node, ast.Subscript) and _last_name(node.value) in OBJECTS and isinstance(node.ctx, ast.Load):
        return node.slice
    if not isinstance(node, ast.Call) or not node.args:
        return None
    of_object = isinstance(node.func, ast.Attribute) and _last_name(node.func.value) in OBJECTS
    return node.args[0] if of_object or _last_name(node.func) in READERS else None


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def variables_documented(page: str) -> set[str]:
    table = page.partition("## Variables")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", table, re.MULTILINE))


def test_the_table_and_the_code_name_the_same_variables() -> None:
    settings = variables_read((ROOT / "config/settings.py").read_text())
    launcher = set().union(*(variables_read(path.read_text()) for path in LAUNCHER))
    documented = variables_documented((ROOT / "docs/operators.md").read_text())
    assert documented - settings - launcher == set(), "documented, but nothing reads them"
    assert (settings | launcher) - documented == set(), "read, but not documented"


@pytest.mark.parametrize(
    "source",
    [
        'env.str("SOME_NAME", default="")',
        'A = required("SOME_NAME", in_tests="x")',
        'WHICH = "SOME_NAME" if TESTING else "SOME_NAME"\nenv.db_url(WHICH)',
        'import os\nos.environ.get("SOME_NAME") or 1',
        'import os\nos.environ["SOME_NAME"]',
        'a, b = (os.environ.get(name, "") for name in ("SOME_NAME", "SOME_NAME"))',
    ],
)
def test_every_way_of_reading_a_variable_is_seen(source: str) -> None:
    assert variables_read(source) == {"SOME_NAME"}


def test_the_variables_everybody_looks_for_are_there() -> None:
    documented = variables_documented((ROOT / "docs/operators.md").read_text())
    assert {"DATABASE_URL", "BROKER_URL", "EMAIL_URL", "SITE_URL", "PUBLIC_URL", "MASHPECH_HOME", "PORT"} <= documented
