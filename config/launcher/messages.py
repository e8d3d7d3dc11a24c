"""The message catalogue: one Hebrew file, edited under a lock, compiled without GNU tools.

`add` merges lines of `English<TAB>Hebrew` (or `one<TAB>many<TAB>he-one<TAB>he-many`) from standard input;
`extract` asks xgettext, through Django, for the strings in the code (a development tool);
`compile` writes the binary catalogue where it is missing or older than its source;
`check` fails when a string is untranslated, fuzzy, or loses a placeholder.
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "config/locale/he/LC_MESSAGES/django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "he",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")


@contextmanager
def locked_catalogue() -> Iterator[polib.POFile]:
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with open(CATALOGUE.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        catalogue = polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile(wrapwidth=110)
        catalogue.metadata = HEADER
        yield catalogue
        catalogue.save(str(CATALOGUE))


def add(lines: Iterable[str]) -> int:
    """Merges tab-separated translations; returns how many lines were taken. Raises ValueError on a malformed line."""
    taken = 0
    with locked_catalogue() as catalogue:
        for number, line in enumerate(lines, start=1):
            cells = [cell.replace("\\n", "\n") for cell in line.rstrip("\n").split("\t")]
            if cells == [""]:
                continue
            if len(cells) not in (2, 4):
                raise ValueError(f"line {number}: expected 2 or 4 tab-separated cells, got {len(cells)}")
            _put(catalogue, cells)
            taken += 1
    compile_catalogue()
    return taken


def _put(catalogue: polib.POFile, cells: list[str]) -> None:
    entry = catalogue.find(cells[0])
    if entry is None:
        entry = polib.POEntry(msgid=cells[0])
        catalogue.append(entry)
    entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    if len(cells) == 2:
        entry.msgstr = cells[1]
    else:
        entry.msgid_plural, entry.msgstr, entry.msgstr_plural = cells[1], "", {0: cells[2], 1: cells[3]}


def compile_catalogue() -> bool:
    """Compiles when needed; returns whether anything was written."""
    if COMPILED.exists() and COMPILED.stat().st_mtime >= CATALOGUE.stat().st_mtime:
        return False
    beside = COMPILED.with_suffix(f".{os.getpid()}")
    polib.pofile(str(CATALOGUE)).save_as_mofile(str(beside))
    beside.replace(COMPILED)
    return True


def extract() -> None:
    """Updates the catalogue from the code; drops strings the code no longer has. Needs GNU gettext."""
    with open(CATALOGUE.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ignored = [flag for name in (".venv/*", ".mashpech/*", "static/*", "tests/*") for flag in ("-i", name)]
        command = ["makemessages", "-l", "he", "--no-obsolete", "--no-wrap", "--no-location", *ignored]
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True, env=os.environ | {"DEBUG": "1"})
    with locked_catalogue() as catalogue:
        for entry in catalogue:
            if entry.fuzzy:
                entry.flags.remove("fuzzy")
                entry.msgstr, entry.msgstr_plural = "", dict.fromkeys(entry.msgstr_plural, "")


def problems() -> list[str]:
    """What is wrong with the catalogue: a sentence for each entry."""
    found, seen = [], set()
    for entry in polib.pofile(str(CATALOGUE)):
        if entry.msgid_with_context in seen:
            found.append(f"there twice: {entry.msgid!r}")
        seen.add(entry.msgid_with_context)
        translations = list(entry.msgstr_plural.values()) or [entry.msgstr]
        if entry.fuzzy or not all(translations):
            found.append(f"not translated: {entry.msgid!r}")
        elif any(_lost(entry, text, form) for form, text in enumerate(translations)):
            found.append(f"placeholders differ: {entry.msgid!r}")
    return found


def _lost(entry: polib.POEntry, text: str, form: int) -> bool:
    """A translation may leave out the number where the singular says it in a word; it may never invent a placeholder."""
    wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    used = set(PLACEHOLDER.findall(text))
    singular_without_number = bool(entry.msgid_plural) and form == 0
    return not used <= wanted or (used != wanted and not singular_without_number)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["add"]:
            print(f"{add(sys.stdin)} translations taken")
        case ["extract"]:
            extract()
        case ["compile"]:
            print("compiled" if compile_catalogue() else "already compiled")
        case ["check"]:
            found = problems()
            print("\n".join(found) or "every string is translated")
            return 1 if found else 0
        case _:
            print(__doc__)
            return 0 if arguments in (["-h"], ["--help"]) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
