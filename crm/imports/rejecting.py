"""The reject file: refused rows as they came, and why, to be mended and imported again."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from crm.imports import showing
from crm.imports.models import Import

CHUNK = 1000


def reject_file(importing: Import) -> Iterator[bytes]:
    """Pieces of a CSV (UTF-8 with a byte order mark): the file's own columns and one more that says why, in the active
    language. The cells are exactly those of the file."""
    yield codecs.BOM_UTF8 + _line([*importing.headers, _("What to mend")])
    after = 0
    while rows := showing.refused(importing, after=after, limit=CHUNK):
        yield b"".join(_line([*row.cells, " ".join(row.reasons)]) for row in rows)
        after = rows[-1].number


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "replace")
