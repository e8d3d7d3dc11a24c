"""The reject file: refused rows as they came, and why, to be mended and imported again."""

from __future__ import annotations

from collections.abc import Iterator

from crm.imports.models import Import


def reject_file(importing: Import) -> Iterator[bytes]:
    """Pieces of a CSV (UTF-8 with a byte order mark): the file's own columns and one more that says why, in the active language."""
    raise NotImplementedError
