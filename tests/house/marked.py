"""Every string that is marked for translation in the code, read without GNU gettext: (place, message, plural or "")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from config.launcher.messages import ROOT

PYTHON = ("config", "crm", "campaigns", "surveys", "funnels")
MARKED = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
LITERAL = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(?:n?gettext)\(\s*{LITERAL}(?:\s*,\s*{LITERAL})?", re.DOTALL)  # as templatize writes it

Marked = tuple[str, str, str]


def strings() -> Iterator[Marked]:
    for folder in PYTHON:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _in_python(path)
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if path.suffix in (".html", ".txt", ".mjml"):
            yield from _in_template(path)


def _in_python(path: Path) -> Iterator[Marked]:
    for node in ast.walk(ast.parse(path.read_text())):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name in MARKED | PLURAL:
            said = [each.value if isinstance(each, ast.Constant) else None for each in node.args]  # type: ignore[attr-defined]
            if said and isinstance(said[0], str) and said[0]:
                yield _place(path, node.lineno), said[0], str(said[1]) if name in PLURAL else ""  # type: ignore[attr-defined]


def _in_template(path: Path) -> Iterator[Marked]:
    """`{% blocktranslate %}` becomes a call with a literal; newlines in it are doubled backslashes for xgettext."""
    for one, many in CALL.findall(templatize(path.read_text(), origin=str(path))):
        yield _place(path), _said(one), _said(many) if many else ""


def _said(literal: str) -> str:
    return str(ast.literal_eval(literal.replace("\n", "\\n")))


def _place(path: Path, line: int = 0) -> str:
    return f"{path.relative_to(ROOT)}{f':{line}' if line else ''}"
