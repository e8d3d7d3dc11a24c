"""Everything the business holds about one person, for that person: each room tells its own part.

`register_discloser("consent", disclose, covers=[...])`: `disclose(workspace, ids)` gets the ids of the contact and of everybody
merged into it and yields `Section`s. One structure serves both readers: a machine gets the rows by their keys, a person a
table under the titles. Values are what JSON holds, and moments.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.contacts.merging import ids_of
from crm.contacts.models import Contact
from crm.workspaces.models import Workspace

Text = str | Promise
FORMAT = 1  # of data.json: raised when a reader of the last one could stumble


@dataclass(frozen=True, slots=True)
class Section:
    """`name` in data.json; `columns` are (key, title) of each row; `stays` where erasing keeps the rows without the person."""

    name: str
    title: Text
    columns: tuple[tuple[str, Text], ...]
    rows: list[dict[str, Any]] = field(default_factory=list)
    stays: bool = False

    @property
    def lines(self) -> list[list[Any]]:
        return [[row.get(key) for key, _title in self.columns] for row in self.rows]


Discloser = Callable[[Workspace, list[int]], Iterable[Section]]
_disclosers: dict[str, tuple[int, Discloser]] = {}
covered: set[str] = set()


def register_discloser(name: str, disclose: Discloser, *, covers: Iterable[str] = (), order: int = 50) -> None:
    """`covers` names the foreign keys to a contact that this room tells of: "campaigns.Submission.contact"."""
    _disclosers[name] = (order, disclose)
    covered.update(covers)


@dataclass(frozen=True, slots=True)
class Disclosure:
    contact: Contact
    sections: list[Section]
    made_at: datetime

    @property
    def filled(self) -> list[Section]:
        return [section for section in self.sections if section.rows]

    @property
    def going(self) -> list[Section]:
        return [section for section in self.filled if not section.stays]

    @property
    def staying(self) -> list[Section]:
        return [section for section in self.filled if section.stays]

    def as_dict(self) -> dict[str, Any]:
        told = {section.name: section.rows for section in self.sections}
        return {"format": FORMAT, "business": self.contact.workspace.name, "made_at": self.made_at, **told}

    def as_json(self) -> bytes:
        return json.dumps(self.as_dict(), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode()

    def as_html(self) -> str:
        """A page that stands alone: no script, no outside file, right to left where the language is."""
        return render_to_string("crm/contacts/data_file.html", {"disclosure": self, "contact": self.contact})

    def as_zip(self) -> bytes:
        buffer = BytesIO()
        moment = timezone.localtime(self.made_at).timetuple()[:6]
        with ZipFile(buffer, "w", ZIP_DEFLATED) as files:
            for name, content in (("data.json", self.as_json()), ("data.html", self.as_html().encode())):
                files.writestr(ZipInfo(name, moment), content, ZIP_DEFLATED)
        return buffer.getvalue()


def disclose(contact: Contact) -> Disclosure:
    """Asked of the rows now, in the business's language and zone."""
    workspace, ids = contact.workspace, ids_of(contact)
    with translation.override(workspace.language), timezone.override(workspace.zone):
        ordered = sorted(_disclosers.values(), key=lambda entry: entry[0])
        sections = [section for _order, tell in ordered for section in tell(workspace, ids)]
    return Disclosure(contact, sections, timezone.now())


def file_name(contact: Contact) -> str:
    return _("data of contact %(number)d") % {"number": contact.pk} + ".zip"
