"""Whom an act is about: a few people by their ids, or all of a search as the list's URL says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from crm.bulk.models import BulkAct
from crm.contacts.models import Contact, ContactQuerySet
from crm.contacts.searching import Search
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace

MOST_IDS = 10_000


@dataclass(frozen=True)
class Whom:
    """Either `ids`, or `state`: the query string of a list of contacts."""

    workspace: Workspace
    ids: list[int] = field(default_factory=list)
    state: str | None = None

    @classmethod
    def read(cls, workspace: Workspace, asked: QueryDict) -> Whom:
        """From the bulk bar: `all` with `state`, or boxes called `ids`. Raises Http404 for people of others."""
        if asked.get("all"):
            whom = cls(workspace, state=asked.get("state", ""))
        else:
            whom = cls(workspace, ids=sorted({known(text) for text in asked.getlist("ids")[: MOST_IDS + 1]}))
        whom.check()
        return whom

    def check(self) -> None:
        """Raises Http404 where an id is not ours, ValidationError where the search cannot be read or too many are named."""
        if self.state is not None:
            if self.search.fault:
                raise ValidationError(self.search.fault)
            return
        if len(self.ids) > MOST_IDS:
            raise ValidationError(
                _("At most %(count)d people by their ids; take a rule for more.") % {"count": MOST_IDS}
            )
        if self.everyone_named.count() < len(self.ids):
            raise Http404

    @cached_property
    def search(self) -> Search:
        return Search.of(self.workspace, QueryDict((self.state or "").removeprefix("?")))

    @property
    def everyone_named(self) -> ContactQuerySet:
        return Contact.objects.filter(workspace=self.workspace, pk__in=self.ids)

    @cached_property
    def are_binned(self) -> bool:
        if self.state is not None:
            return self.search.only == "bin"
        return bool(self.ids) and self.everyone_named.filter(deleted_at__isnull=False).exists()

    @cached_property
    def count(self) -> int:
        return len(self.ids) if self.state is None else self.search.people().order_by().count()

    @property
    def memo(self) -> dict[str, object]:
        return {"ids": len(self.ids)} if self.state is None else {"state": self.state}


def known(text: str) -> int:
    """An id, or Http404."""
    number = whole(text)
    if number is None:
        raise Http404
    return number


def people_of(act: BulkAct) -> ContactQuerySet:
    """The people of the act's search. A search that cannot be read any more holds nobody."""
    search = Search.of(act.workspace, QueryDict(str(act.whom.get("state", "")).removeprefix("?")))
    return search.people() if not search.fault else Contact.objects.none()


def last_contact(workspace: Workspace) -> int:
    """Who comes after the start of an act is not in it."""
    ids: Iterable[int] = Contact.objects.filter(workspace=workspace).order_by("-pk").values_list("pk", flat=True)[:1]
    return next(iter(ids), 0)
