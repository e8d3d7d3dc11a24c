"""A small reader of files of ours, written from the rules of portable.py alone: what an importer would make of them."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from python_calamine import CalamineWorkbook

from crm.contacts.capturing import capture
from crm.contacts.models import Contact
from crm.contacts.portable import recognised, split, unguard
from crm.workspaces.models import Workspace


def body(response: Any) -> bytes:
    return b"".join(response)


def csv_rows(content: bytes, *, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter, strict=True))


def xlsx_rows(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def take_in(workspace: Workspace, rows: list[list[Any]], *, guarded: bool) -> list[Contact]:
    """Captures every row into the business. Raises ValidationError where a cell does not read back."""
    keys = recognised([str(head) for head in rows[0]], workspace)
    assert keys is not None, "the file is not known as ours"
    contacts = []
    for row in rows[1:]:
        said: dict[str, Any] = {key: row[place] for place, key in keys.items()}
        if guarded:
            said = {key: unguard(cell) for key, cell in said.items()}
        contacts.append(_captured(workspace, said))
    return contacts


def _captured(workspace: Workspace, said: dict[str, Any]) -> Contact:
    values = {key: _plain(cell) for key, cell in said.items() if key[1:].isdigit() and cell != ""}
    own = {key: said.get(key, "") for key in ("first_name", "last_name", "email", "phone", "source")}
    lists = [workspace.lists.get(name=name) for name in split(said.get("lists", ""))]
    return capture(workspace, **own, values=values, lists=lists, tags=split(said.get("tags", ""))).contact


def _plain(cell: Any) -> Any:
    return cell.date() if isinstance(cell, datetime) else cell
