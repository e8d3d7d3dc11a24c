"""The file's bytes in the database: several hosts share nothing else, and a dump holds all that an import needs."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.contacts.identity import one_line
from crm.imports.models import Import, ImportPart
from crm.workspaces.models import User, Workspace

MEGABYTE = 1024 * 1024
PART = MEGABYTE
MOST_BYTES = 100 * MEGABYTE


@transaction.atomic
def receive(workspace: Workspace, *, name: str, chunks: Iterable[bytes], by: User | None) -> Import:
    """Keeps the file and makes the import, `uploaded`. Raises ValidationError {"file": ...} for an empty or too large one."""
    importing = Import.objects.create(workspace=workspace, name=one_line(name)[-200:] or _("File"), created_by=by)
    digest, size = hashlib.sha256(), 0
    for position, piece in enumerate(_pieces(chunks)):
        size += len(piece)
        if size > MOST_BYTES:
            words = _("The file is too large. Up to %(limit)d MB can be read; split it into two.")
            raise ValidationError({"file": [words % {"limit": MOST_BYTES // MEGABYTE}]})
        digest.update(piece)
        ImportPart.objects.create(importing=importing, position=position, data=piece)
    if not size:
        raise ValidationError({"file": [_("The file is empty.")]})
    importing.size, importing.digest = size, digest.hexdigest()
    importing.save(update_fields=["size", "digest"])
    return importing


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut to PART."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PART:
            yield bytes(waiting[:PART])
            del waiting[:PART]
    if waiting:
        yield bytes(waiting)


class Parts(io.RawIOBase):
    """The parts as one file that can be sought; one part is in memory at a time."""

    def __init__(self, importing: Import) -> None:
        self.importing_id, self.size = importing.pk, importing.size
        self.place = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        self.place = max(0, start + offset)
        return self.place

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        position, offset = divmod(self.place, PART)
        piece = self._part(position)[offset : offset + len(view)] if self.place < self.size else b""
        view[: len(piece)] = piece
        self.place += len(piece)
        return len(piece)

    @property
    def share(self) -> float:
        """0..1 of the bytes that were read."""
        return min(self.place / self.size, 1) if self.size else 1

    def _part(self, position: int) -> bytes:
        if self._held[0] != position:
            rows = ImportPart.objects.filter(importing_id=self.importing_id, position=position)
            data = rows.values_list("data", flat=True).first()
            if data is None:  # dropped with somebody who was erased, or after 30 days
                raise ValidationError(_("The file is not kept any more. Send it again."), code="gone")
            self._held = (position, bytes(data))
        return self._held[1]


def open_file(importing: Import) -> BinaryIO:
    """The file as it came, buffered and seekable."""
    return io.BufferedReader(Parts(importing), 64 * 1024)
