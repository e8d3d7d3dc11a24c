"""`bin/bench import`: a Hebrew CSV, half of it known people, from the upload to the reject file, each row with its undo.

References in the same call: a raw COPY of the same file into columns of text, which knows nothing of people; and
django-import-export over a sample, with the same cleaning of addresses, one resource row at a time as its users run it.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from config.bench.measuring import Measured, Row, Scale, once, peak_memory
from config.bench.people import CITIES, FIRST, LAST, Large, populate
from config.launcher.words import say
from crm.contacts.identity import clean_email, clean_phone
from crm.contacts.models import Contact
from crm.imports import planning, rejecting, steering, storing, working
from crm.imports.detecting import detect
from crm.imports.models import Import
from crm.imports.reading import open_table

GOAL = {"rate_to_import_export": 15.0, "memory_mb": 300.0}
AT_LEAST = frozenset({"rate_to_import_export"})
SAMPLE = 10_000
TITLES = ["אימייל", "נייד", "שם פרטי", "שם משפחה", "עיר", "סכום קניות", "ביקור אחרון", "תגיות"]
HOURS = 4 * 3600


def run(scale: Scale) -> Measured:
    large = populate(Scale(contacts=scale.contacts, events=0))
    rows = max(scale.contacts // 5, 1000)
    content = made_file(rows)
    say(f"  a file of {rows:,} rows, {len(content) / 1e6:.1f} MB")
    steps, importing = _ours(large, content)
    memory = peak_memory()
    total = sum(steps.values())
    copied = once(lambda: _copied(content))
    figures = {
        "rows_per_second": round(rows / total),
        "ratio_to_copy": round(total / copied, 1),
        "memory_mb": round(memory),
    }
    measured = Measured(figures, _table(rows, steps, copied, importing))
    sample = min(SAMPLE, rows)
    reference = _import_export(large, content, sample, measured)
    if reference:
        ours, theirs = rows / total, sample / reference
        figures["rate_to_import_export"] = round(ours / theirs, 1)
        measured.rows.append((f"django-import-export, {sample:,} rows", f"{reference:.1f} s", f"{theirs:,.0f}"))
    steering.undo(importing, by=None)
    back = once(_work)
    measured.rows.append(("undo of all of it", f"{back:.1f} s", f"{rows / back:,.0f}"))
    return measured


def made_file(rows: int) -> bytes:
    """Every other row is somebody known, every fiftieth cannot be understood, every hundredth comes again."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(TITLES)
    for number in range(1, rows + 1):
        writer.writerow(_row(number))
    return text.getvalue().encode()


def _row(number: int) -> list[str]:
    known = number % 2 == 0
    person = number - 100 if number % 100 == 0 else number
    email = f"P{person * 2}@example.test" if known else f"new.{person}@imported.example.co.il"
    phone = f"05{person % 10}-{person % 1000:03}-{person // 1000 % 10000:04}" if number % 3 == 0 and not known else ""
    if number % 50 == 1:
        email = "אין"
    names = [FIRST[number % len(FIRST)], LAST[number // 7 % len(LAST)], CITIES[number // 3 % len(CITIES)]]
    visit = f"{number % 28 + 1:02}/{number % 12 + 1:02}/{2020 + number % 6}"
    return [email, phone, *names, f"{number % 5000:,}", visit, "ייבוא" if number % 4 else "ייבוא, vip"]


def _ours(large: Large, content: bytes) -> tuple[dict[str, float], Import]:
    """Seconds by step, as a member would go through them."""
    steps: dict[str, float] = {}
    importing = _timed(steps, "upload and look at it", lambda: _uploaded(large, content))
    planning.accept(importing, _plan(large), by=large.owner)
    _timed(steps, "read, validate and compare (dry run)", _work)
    importing = steering.start(importing, by=large.owner)
    _timed(steps, "import, with an undo record of each row", _work)
    importing.refresh_from_db()
    _timed(steps, "the reject file", lambda: sum(map(len, rejecting.reject_file(importing))))
    return steps, importing


def _timed(steps: dict[str, float], name: str, call: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    found = call()
    steps[name] = time.perf_counter() - started
    say(f"  {name}: {steps[name]:.1f} s")
    return found


def _uploaded(large: Large, content: bytes) -> Import:
    importing = storing.receive(large.workspace, name="bench.csv", chunks=[content], by=large.owner)
    layout = detect(storing.open_file(importing))
    table = open_table(storing.open_file(importing), layout)
    return steering.describe(importing, shape=layout.as_json(), headers=table.columns)


def _plan(large: Large) -> dict[str, Any]:
    fields = [large.city.storage_key, large.spent.storage_key, large.visit.storage_key]
    targets = ["email", "phone", "first_name", "last_name", *fields, "tags"]
    proof = {"basis": "agreed", "channels": ["email"], "how": "bench"}
    return {"columns": [{"target": target} for target in targets], "lists": [large.news.pk], "consent": proof}


def _work() -> None:
    working.work(until=time.monotonic() + HOURS)


def _copied(content: bytes) -> None:
    columns = ", ".join(f"c{place} text" for place in range(len(TITLES)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bench_raw ({columns}) ON COMMIT DROP")
        with cursor.copy("COPY bench_raw FROM STDIN (FORMAT csv, HEADER)") as stream:
            stream.write(content)


def _table(rows: int, steps: dict[str, float], copied: float, importing: Import) -> list[Row]:
    total = sum(steps.values())
    lines: list[Row] = [("step", "seconds", "rows a second")]
    lines += [(name, f"{spent:.1f} s", f"{rows / spent:,.0f}") for name, spent in steps.items()]
    lines.append(("all of it", f"{total:.1f} s", f"{rows / total:,.0f}"))
    counted = ", ".join(f"{count:,} {name}" for name, count in importing.tallies["done"]["rows"].items())
    lines.append((f"  {counted}", "", ""))
    lines.append(("raw COPY of the file", f"{copied:.2f} s", f"{rows / copied:,.0f}"))
    return lines


def _import_export(large: Large, content: bytes, sample: int, measured: Measured) -> float | None:
    """Seconds for the first rows of the file, without the dry run that its own screens make before; undone at the end."""
    try:
        from import_export import resources
        from tablib import Dataset
    except ImportError:
        measured.unmeasured.append("django-import-export is not installed")
        return None

    class People(resources.ModelResource):  # type: ignore[misc]
        class Meta:
            model = Contact
            import_id_fields = ("email",)
            fields = ("email", "first_name", "last_name", "values", "workspace")
            skip_unchanged = True

        def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
            row["email"] = clean_email(row["email"])
            clean_phone(row["phone"])  # but not kept: it stops at a number that somebody else has

    reader = csv.reader(io.StringIO(content.decode()))
    next(reader)
    good = [row for row, _number in zip(reader, range(sample), strict=False) if "@" in row[0]]
    rows = [[*row[:2], *row[2:4], f'{{"{large.city.storage_key}": "{row[4]}"}}', large.workspace.pk] for row in good]
    dataset = Dataset(*rows, headers=["email", "phone", "first_name", "last_name", "values", "workspace"])
    with transaction.atomic():
        started = time.perf_counter()
        result = People().import_data(dataset, raise_errors=True)
        spent = time.perf_counter() - started
        measured.figures["reference_new"] = result.totals.get("new", 0)
        transaction.set_rollback(True)
    return spent * sample / max(len(rows), 1)
