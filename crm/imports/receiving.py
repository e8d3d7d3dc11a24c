"""A file at the door: looked at before anything is kept of it, then kept with what was found in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from django.db import transaction

from crm.imports.detecting import detect
from crm.imports.layouts import Layout, Unreadable
from crm.imports.models import Import
from crm.imports.reading import open_table
from crm.imports.steering import describe
from crm.imports.storing import receive
from crm.workspaces.models import User, Workspace

CHUNK = 256 * 1024


@transaction.atomic
def take_in(
    workspace: Workspace, source: BinaryIO, *, name: str, by: User | None, layout: Layout | None = None
) -> Import:
    """Keeps a file that can be read, described by `layout` or by what is found. Raises Unreadable and keeps nothing.

    A fault of a row is no reason to refuse: the next screen shows it, and its owner may choose another way of reading.
    """
    found = layout or detect(source)
    importing = receive(workspace, name=name, chunks=_pieces(source), by=by)
    return describe(importing, shape=found.as_json(), headers=titles(source, found))


def titles(source: BinaryIO, layout: Layout) -> list[str]:
    """The names of the columns; none where the reading ends at a fault."""
    try:
        return open_table(source, layout).columns
    except Unreadable:
        return []


def _pieces(source: BinaryIO) -> Iterable[bytes]:
    source.seek(0)
    while piece := source.read(CHUNK):
        yield piece
