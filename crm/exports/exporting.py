"""Making the file: who is in it is settled and written to the audit log before its first byte leaves."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm.exports import csv_file, reading, xlsx_file
from crm.exports.choosing import Chosen
from crm.exports.columns import Column
from crm.workspaces.auditing import audit
from crm.workspaces.models import Workspace

FORMATS = ("xlsx", "csv")
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
SHORTEST_REASON = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """How the file is to be. `columns` begin with the contact's number; `reason` is needed where one of them is sensitive."""

    format: str
    columns: Sequence[Column]
    encoding: str = "utf-8-sig"
    delimiter: str = "comma"
    reason: str = ""

    @property
    def is_sensitive(self) -> bool:
        return any(column.is_sensitive for column in self.columns)


def export(request: HttpRequest, chosen: Chosen, wish: Wish) -> StreamingHttpResponse:
    """The download. Raises ValidationError when a reason is missing, or when there are more people than a sheet has rows."""
    workspace: Workspace = request.workspace  # type: ignore[attr-defined]
    if wish.is_sensitive and len(wish.reason) < SHORTEST_REASON:
        raise ValidationError({"reason": [_("Write why. The reason is kept in the audit log.")]})
    with transaction.atomic():
        ids = reading.numbers(chosen.people)
        if wish.format == "xlsx" and len(ids) >= xlsx_file.MOST_ROWS:
            raise ValidationError({"format": [_("An Excel sheet holds 1,048,575 people. Choose CSV.")]})
        _note(request, chosen, wish, len(ids))
    return _answer(workspace, chosen, wish, ids)


def _note(request: HttpRequest, chosen: Chosen, wish: Wish, count: int) -> None:
    said: dict[str, Any] = {"people": count, "format": wish.format, "columns": [column.key for column in wish.columns]}
    said |= {"asked": {name: text[:2000] for name, text in chosen.state.items()}}
    if wish.is_sensitive:
        said |= {"sensitive": [column.key for column in wish.columns if column.is_sensitive], "reason": wish.reason}
    audit(request, "contacts.exported", subject=f"{chosen.name} ({count:,})", **said)


def _answer(workspace: Workspace, chosen: Chosen, wish: Wish, ids: array[int]) -> StreamingHttpResponse:
    streams: dict[str, Callable[..., Iterator[bytes]]] = {"csv": csv_file.stream, "xlsx": xlsx_file.stream}
    pieces = streams[wish.format](
        rows(workspace, wish.columns, ids),
        encoding=wish.encoding,
        delimiter=wish.delimiter,
        title=chosen.name,
        is_rtl=workspace.language == "he",
        zone=workspace.zone,
        cells=len(ids) * len(wish.columns),
    )
    kind = csv_file.content_type(wish.encoding) if wish.format == "csv" else xlsx_file.CONTENT_TYPE
    name = f"{_file_name(workspace, chosen)} {timezone.localdate():%Y-%m-%d}.{wish.format}"
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": content_disposition_header(True, name) or "",
    }
    return StreamingHttpResponse(_in_language(workspace.language, pieces), content_type=kind, headers=headers)


def rows(workspace: Workspace, columns: Sequence[Column], ids: array[int]) -> Iterator[Iterable[Any]]:
    """The heads, then a row for each person."""
    yield [column.head for column in columns]
    for person in reading.people(workspace, ids, (column.key for column in columns)):
        yield [column.tell(person) for column in columns]


def _in_language(language: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The server asks for the pieces after the request's own language is gone."""
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _file_name(workspace: Workspace, chosen: Chosen) -> str:
    return UNSAFE.sub(" ", f"{workspace.name} - {chosen.name}").strip()[:100]
