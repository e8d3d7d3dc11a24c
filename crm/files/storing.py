"""Where the bytes lie: under MEDIA_ROOT/files, by their hash. Never deleted, for a mail already sent may show them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings

CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


def path_of(digest: str, extension: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "files" / digest[:2] / f"{digest}.{extension}"


def store(content: bytes, extension: str) -> str:
    """Writes the bytes, whole or not at all, and returns their SHA-256 in hex, which is their name."""
    digest = hashlib.sha256(content).hexdigest()
    path = path_of(digest, extension)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    return digest
