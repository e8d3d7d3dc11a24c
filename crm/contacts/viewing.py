"""Saved views of the list of contacts, and what each member likes to see there: columns, density, the view it opens with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.contacts import columns
from crm.contacts.columns import Column
from crm.contacts.identity import one_line
from crm.contacts.searching import Search
from crm.contacts.view_models import ListTaste, SavedView
from crm.rules import reading
from crm.workspaces.http import whole
from crm.workspaces.models import User, Workspace

PARTS = ("q", "list", "tag", "only", "rule", "sort")  # of the URL that a view keeps
EVERYBODY = "all"  # ?view=all: the list without a view, for who has a default one
MOST_VIEWS = 40
NAME_LENGTH = 60


@dataclass(frozen=True)
class Tab:
    """A view above the list. `is_broken` when a list or a tag it narrows by is gone."""

    view: SavedView
    url: str
    is_on: bool
    is_mine: bool
    is_default: bool
    is_broken: bool


@dataclass(frozen=True)
class Look:
    """How one member sees one state of the list."""

    workspace: Workspace
    user: User
    search: Search | None = None

    @cached_property
    def taste(self) -> ListTaste:
        """Unsaved where they never chose anything."""
        found = ListTaste.objects.filter(workspace=self.workspace, user=self.user).first()
        return found or ListTaste(workspace=self.workspace, user=self.user)

    @cached_property
    def views(self) -> list[SavedView]:
        return list(SavedView.objects.seen_by(self.user).filter(workspace=self.workspace)[:MOST_VIEWS])

    @cached_property
    def view(self) -> SavedView | None:
        """The one whose chip is on."""
        asked = whole(self.search.view) if self.search else None
        return next((view for view in self.views if view.pk == asked), None)

    @cached_property
    def columns(self) -> list[Column]:
        """The view's own where it has some, else as the member likes them, else the usual ones."""
        own = self.view.columns if self.view else None
        return columns.chosen(self.workspace, own if own is not None else self.taste.columns)

    @property
    def is_changed(self) -> bool:
        """Whether the list stands otherwise than the view was saved."""
        return bool(self.view and self.search and self.view.state != state_of(self.search))

    @property
    def may_change(self) -> bool:
        return bool(self.view and self.view.owner_id == self.user.pk)

    @property
    def everybody_url(self) -> str:
        return "?view=" + EVERYBODY if self.taste.default_view_id else "?"

    @property
    def reading(self) -> SafeString | str:
        """The rule of the URL in plain words."""
        also = self.search.also if self.search else {}
        return reading.marked(reading.read(also, self.workspace)) if also else ""

    def tabs(self, lists: Any, tags: Any) -> list[Tab]:
        """`lists` and `tags` are those of the business, asked for by the screen already."""
        known = {"list": {str(row.pk) for row in lists}, "tag": {str(row.pk) for row in tags}}
        return [self._tab(view, known) for view in self.views]

    def _tab(self, view: SavedView, known: dict[str, set[str]]) -> Tab:
        is_broken = any(view.state.get(part) and view.state[part] not in known[part] for part in known)
        is_default = view.pk == self.taste.default_view_id
        return Tab(view, url_of(view), view == self.view, view.owner_id == self.user.pk, is_default, is_broken)


def state_of(search: Search) -> dict[str, str]:
    """The parts of the URL that a view keeps, as text; empty ones are left out."""
    asked = QueryDict(search.query().removeprefix("?"))
    return {part: asked[part] for part in PARTS if asked.get(part)}


def url_of(view: SavedView) -> str:
    return "?" + urlencode({**view.state, "view": view.pk})


def opening(workspace: Workspace, user: User) -> str:
    """The query string that the list opens with for this member; "" without a default view."""
    liked = ListTaste.objects.filter(workspace=workspace, user=user).values("default_view")
    view = SavedView.objects.seen_by(user).filter(workspace=workspace, pk__in=liked).first()
    return url_of(view) if view else ""


@transaction.atomic
def save(
    workspace: Workspace, *, name: str, search: Search, by: User, is_shared: bool = False, view: SavedView | None = None
) -> SavedView:
    """Makes a view of this state of the list, or writes it over `view`. Raises ValidationError {"name": [...]}."""
    row = view or SavedView(workspace=workspace, owner=by)
    row.name, row.is_shared, row.state = _named(workspace, by, name, view), is_shared, state_of(search)
    row.save()
    return row


def _named(workspace: Workspace, user: User, name: str, view: SavedView | None) -> str:
    cleaned = one_line(name)
    if not cleaned or len(cleaned) > NAME_LENGTH:
        raise ValidationError(
            {"name": [_("Give the view a name of at most %(count)d characters.") % {"count": NAME_LENGTH}]}
        )
    others = SavedView.objects.seen_by(user).filter(workspace=workspace).exclude(pk=view.pk if view else 0)
    if others.filter(name__iexact=cleaned).exists():
        raise ValidationError({"name": [_("There is one of this name already.")]})
    if view is None and others.count() >= MOST_VIEWS:
        raise ValidationError({"name": [_("At most %(count)d views. Delete one first.") % {"count": MOST_VIEWS}]})
    return cleaned


def delete(view: SavedView) -> None:
    SavedView.objects.filter(pk=view.pk).update(deleted_at=timezone.now())


def restore(view: SavedView) -> None:
    SavedView.objects.filter(pk=view.pk).update(deleted_at=None)


def keep(workspace: Workspace, user: User, **liked: Any) -> ListTaste:
    """Writes what a member likes: columns, is_dense, default_view."""
    taste, _made = ListTaste.objects.update_or_create(workspace=workspace, user=user, defaults=liked)
    return taste


def clean_columns(workspace: Workspace, keys: list[str]) -> list[str]:
    """Known keys in their order. Raises ValidationError for others, and for more than a screen can hold."""
    known = {column.key for column in columns.offered(workspace)}
    if set(keys) - known:
        raise ValidationError(_("There is no such column."))
    if len(set(keys)) > columns.MOST:
        raise ValidationError(_("At most %(count)d columns.") % {"count": columns.MOST})
    return list(dict.fromkeys(keys))
