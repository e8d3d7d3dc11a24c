"""The state of the list of contacts, read from its URL: words, a list, a tag, a ready-made narrowing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from crm.contacts import counting, narrowing
from crm.contacts.counting import NEW_DAYS
from crm.contacts.identity import one_line
from crm.contacts.models import Contact, ContactQuerySet, List, Subscription, Tag
from crm.contacts.paging import Count
from crm.contacts.wording import SHORT, holding
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace

NARROWINGS: dict[str, tuple[Any, str]] = {
    "phone": (_("Phone only"), "phone"),
    "new": (_("New this week"), "sparkles"),
    "bin": (_("In the bin"), "trash"),
}
PHONE_ONLY: list[dict[str, Any]] = [{"field": "phone", "op": "filled"}, {"field": "email", "op": "empty"}]
NEW: list[dict[str, Any]] = [{"field": "created_at", "op": "last", "value": NEW_DAYS}]
NAMED = ("first_name", "last_name", "email")
MOST_COUNTED = 1000


def digits_of(word: str) -> str:
    """How a phone that was typed here stands inside E.164: 050-123 -> 50123. Empty for what is no part of a phone."""
    bare = re.sub(r"[\s()./\-]", "", word)
    return re.sub(r"^(\+|00)", "", bare).removeprefix("0") if re.fullmatch(r"\+?\d{2,15}", bare) else ""


@dataclass(frozen=True, slots=True)
class Search:
    """What the URL asks for. `only` is "", "phone" (no e-mail), "new" (of the last week) or "bin"."""

    workspace: Workspace
    words: str = ""
    on_list: List | None = None
    tag: Tag | None = None
    only: str = ""
    also: dict[str, Any] = field(default_factory=dict)  # any rule; `fault` says why it cannot be read
    fault: str = ""
    sort: str = ""
    view: str = ""  # the saved view whose chip was chosen, or "all"

    @classmethod
    def of(cls, workspace: Workspace, asked: QueryDict) -> Search:
        """Raises Http404 for a list or a tag of another business, and for what is neither."""
        only = asked.get("only", "")
        also, fault = narrowing.read_rule(asked.get("rule", ""), workspace)
        return cls(
            workspace=workspace,
            words=one_line(asked.get("q", ""))[:100],
            on_list=_found(workspace.lists.filter(deleted_at=None), asked.get("list", "")),
            tag=_found(workspace.tags.all(), asked.get("tag", "")),
            only=only if only in NARROWINGS else "",
            also=also,
            fault=fault,
            sort=narrowing.order_named(asked.get("sort", "")),
            view=one_line(asked.get("view", ""))[:20],
        )

    @property
    def is_everyone(self) -> bool:
        return not (self.on_list or self.tag or self.only or self.also or self.fault)

    @property
    def narrowings(self) -> list[tuple[str, Any, str]]:
        """(name, label, icon) of the ready-made chips."""
        return [(name, *NARROWINGS[name]) for name in NARROWINGS]

    @property
    def list_rule(self) -> dict[str, Any]:
        return {"all": [{"list": self.on_list.pk}]} if self.on_list else {}

    @property
    def is_narrow(self) -> bool:
        return bool(self.words) or not self.is_everyone

    def people(self) -> ContactQuerySet:
        """Newest first. In the bin: last binned first."""
        contacts = Contact.objects.filter(workspace=self.workspace)
        if self.only == "bin":
            contacts = contacts.filter(deleted_at__isnull=False, merged_into=None).order_by("-deleted_at", "-id")
        else:
            contacts = narrowing.ordered(contacts.alive(), self.sort)
        if self.only == "phone":
            contacts = contacts.filter(email=None)
        if self.only == "new":
            since, until = counting.week_of(self.workspace)
            contacts = contacts.filter(created_at__gte=since, created_at__lt=until)
        if self.on_list:
            joined = Subscription.objects.filter(list=self.on_list, status=Subscription.Status.JOINED)
            contacts = contacts.filter(pk__in=joined.values("contact_id"))
        if self.tag:
            contacts = contacts.filter(pk__in=self.tag.contact_tags.values("contact_id"))
        for asked in self._asked():
            contacts = contacts.filter(asked)
        return narrowing.narrowed(contacts, self.also, self.fault, self.workspace)

    def count(self) -> Count:
        """How many they are: exactly where a counter knows, else up to a thousand, which is then "1,000+"."""
        known = self._known()
        if known is not None:
            return Count(known)
        found = self.people().order_by()[: MOST_COUNTED + 1].count()
        return Count(min(found, MOST_COUNTED), is_exact=found <= MOST_COUNTED)

    def _known(self) -> int | None:
        narrowed = [part for part in (self.words, self.also, self.on_list, self.tag, self.only) if part]
        if len(narrowed) > 1 or self.words or self.also or self.fault:
            return None
        if self.on_list:
            return counting.on_lists(self.workspace).get(self.on_list.pk, counting.OnList()).people
        if self.tag:
            return counting.tagged(self.workspace).get(self.tag.pk, 0)
        return counting.totals(self.workspace)[self.only or "all"]

    def _asked(self) -> list[Q]:
        """Every word must be found somewhere, one of two letters at a beginning; a phone typed with spaces is one word."""
        whole = digits_of(self.words)
        if whole:
            by_email = Q(email__icontains=self.words)
            return [(holding(whole) & Q(phone__contains=whole)) | (holding(self.words) & by_email)]
        return [self._found_by(word) for word in self.words.split()]

    def _found_by(self, word: str) -> Q:
        test = "istartswith" if len(word) < SHORT else "icontains"
        fields = [Q(**{f"{name}__{test}": word}) for name in NAMED]
        return holding(word) & (fields[0] | fields[1] | fields[2])

    def rule(self) -> dict[str, Any]:
        """The same people as a rule, for the three buttons."""
        every: list[dict[str, Any]] = []
        if self.on_list:
            every.append({"list": self.on_list.pk})
        if self.tag:
            every.append({"tag": self.tag.name})
        every += {"phone": PHONE_ONLY, "new": NEW}.get(self.only, [])
        whole = digits_of(self.words)
        if whole:
            every.append({"field": "phone", "op": "contains", "value": whole})
        for word in [] if whole else self.words.split():
            op = "starts" if len(word) < SHORT else "contains"
            every.append({"any": [{"field": name, "op": op, "value": word} for name in NAMED]})
        return {"all": every + narrowing.members_of(self.also)}

    def rule_query(self) -> str:
        return urlencode({"rule": json.dumps(self.rule(), ensure_ascii=False)})

    @property
    def export_query(self) -> str:
        """The state for the address of an export."""
        return self.query().removeprefix("?")

    @property
    def also_text(self) -> str:
        return narrowing.as_text(self.also)

    def query(self, **changed: Any) -> str:
        """The query string of this state with some parts changed; None or "" drops a part."""
        state = {
            "q": self.words,
            "list": self.on_list.pk if self.on_list else "",
            "tag": self.tag.pk if self.tag else "",
            "only": self.only,
            "rule": self.also_text,
            "sort": self.sort,
            "view": self.view,
        }
        kept = {key: value for key, value in (state | changed).items() if value}
        return f"?{urlencode(kept)}" if kept else "?"


def _found(queryset: Any, asked: str) -> Any:
    if not asked:
        return None
    return get_object_or_404(queryset, pk=whole(asked))
