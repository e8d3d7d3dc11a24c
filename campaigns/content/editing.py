"""What the editor's three panes show. Pages and mailings extend `campaigns/content/editor.html` and pass `editor_context(...)`.

The state of the editor is its URL: ?block= the chosen one, ?tab= content | focus | design, ?view= both | known | stranger,
?device= phone | desktop, ?as= the contact of the preview. After a swap the state is read from the browser's current address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.content import blocks as block_types
from campaigns.content import focus, merging, previewing, questions
from campaigns.content.blocks import BlockType
from campaigns.content.models import Document
from campaigns.content.panels import PanelForm
from crm.contacts.models import Contact, CustomField
from crm.rules import reading
from crm.rules.builder import Builder
from crm.workspaces.http import MemberRequest, whole

TABS = {"content": _("Content"), "focus": _("Who sees it?"), "design": _("Design")}
VIEWS = {"both": _("Both, side by side"), "known": _("Those we know"), "stranger": _("Those we do not know yet")}
DEVICES = {"phone": "device-mobile", "desktop": "device-desktop"}
DEVICE_WORDS = {"phone": _("As on a phone"), "desktop": _("As on a computer")}
CHOICES: dict[str, dict[str, Any]] = {"tab": TABS, "view": VIEWS, "device": DEVICES}


@dataclass
class Row:
    """A block in the list."""

    block: dict[str, Any]
    type: BlockType
    place: int
    is_current: bool
    href: str
    side: str  # "" or a key of focus.SHORT
    splits: bool = False  # the other side of its pair begins here

    @property
    def short(self) -> Any:
        return focus.SHORT.get(self.side, "")

    @property
    def summary(self) -> str:
        return self.type.summary(self.block["data"])


@dataclass
class Group:
    """A block alone, or the box of a pair."""

    rows: list[Row]
    pair: str = ""


@dataclass
class Editor:
    """Everything the parts ask for. `form` may carry faults of what was just sent."""

    document: Document
    state: dict[str, str]
    preview_contact: Contact | None = None
    preview_query: dict[str, str] = field(default_factory=dict)
    form: PanelForm | None = None

    @cached_property
    def groups(self) -> list[Group]:
        found: list[Group] = []
        for place, block in enumerate(self.document.blocks):
            row = self._row(place, block)
            pair = block.get("pair", "")
            if pair and found and found[-1].pair == pair:
                row.splits = found[-1].rows[-1].side != row.side
                found[-1].rows.append(row)
            else:
                found.append(Group([row], pair))
        return found

    def _row(self, place: int, block: dict[str, Any]) -> Row:
        side = focus.audience_of(block.get("rule"))
        return Row(
            block=block,
            type=block_types.get(block["type"]),
            place=place,
            is_current=block["id"] == self.block_id,
            href=self.href(block=block["id"]),
            side="" if side == "everyone" else side,
        )

    @cached_property
    def block(self) -> dict[str, Any] | None:
        wanted = self.state.get("block")
        chosen = [block for block in self.document.blocks if block["id"] == wanted]
        return chosen[0] if chosen else (self.document.blocks[0] if self.document.blocks else None)

    @property
    def block_id(self) -> str:
        return str(self.block["id"]) if self.block else ""

    @property
    def is_chosen(self) -> bool:
        """Somebody asked for this very block; else the first one stands open."""
        return bool(self.block) and self.block_id == self.state.get("block")

    @cached_property
    def type(self) -> BlockType | None:
        return block_types.get(self.block["type"]) if self.block else None

    @property
    def tab(self) -> str:
        tab = self.state["tab"]
        return tab if tab != "design" or (self.type and self.type.design) else "content"

    @property
    def tabs(self) -> list[dict[str, Any]]:
        names = [name for name in TABS if name != "design" or (self.type and self.type.design)]
        return [{"name": TABS[name], "href": self.href(tab=name), "is_current": name == self.tab} for name in names]

    @property
    def views(self) -> list[dict[str, Any]]:
        return [self._option("view", name, words) for name, words in VIEWS.items()]

    @property
    def devices(self) -> list[dict[str, Any]]:
        return [{"icon": icon, **self._option("device", name, DEVICE_WORDS[name])} for name, icon in DEVICES.items()]

    def _option(self, key: str, value: str, words: Any) -> dict[str, Any]:
        return {"words": words, "href": self.href(**{key: value}), "is_current": self.state[key] == value}

    @property
    def types(self) -> list[BlockType]:
        return block_types.all_types(self.document.medium)

    @cached_property
    def panel_form(self) -> PanelForm | None:
        if self.form or not self.block or not self.type:
            return self.form
        attributes = self.type.design if self.tab == "design" else self.type.content
        return PanelForm(attributes, self.document.workspace, stored=self.block["data"])

    @property
    def panel_context(self) -> dict[str, Any]:
        """What a type's own panel asks for beside the form."""
        return self.type.panel_context(self.block["data"], self.document.workspace) if self.type and self.block else {}

    @property
    def summary(self) -> str:
        return self.type.summary(self.block["data"]) if self.type and self.block else ""

    # -- who sees it ------------------------------------------------------------------------------------------------------
    @property
    def audience(self) -> str:
        return focus.audience_of(self.block.get("rule")) if self.block else "everyone"

    @property
    def audiences(self) -> list[dict[str, Any]]:
        chosen = self.state.get("audience") or self.audience
        shown = [
            name for name in focus.WORDS if name not in ("at", "no_at") or chosen in ("at", "no_at") or name == "at"
        ]
        return [
            {"value": name, "name": focus.WORDS[name][0], "why": focus.WORDS[name][1], "is_on": name == chosen}
            for name in shown
        ]

    @property
    def shows_builder(self) -> bool:
        return (self.state.get("audience") or self.audience) == "other"

    @cached_property
    def builder(self) -> Builder:
        rule = self.block.get("rule") if self.block and self.audience == "other" else None
        return Builder(self.document.workspace, rule or {}, name="rule", compact=True)

    @property
    def reading(self) -> str:
        rule = self.block.get("rule") if self.block else None
        return reading.read(rule, self.document.workspace) if rule and self.audience == "other" else ""

    @property
    def other_side(self) -> str:
        """The words of the first block of the other side of the pair, to say what the rest will see."""
        if not self.block or "pair" not in self.block:
            return ""
        strangers = focus.is_side_of_strangers(self.block["rule"])
        for each in self.document.blocks:
            if each.get("pair") == self.block["pair"] and focus.is_side_of_strangers(each["rule"]) != strangers:
                return block_types.get(each["type"]).summary(each["data"])
        return ""

    # -- personal details -------------------------------------------------------------------------------------------------
    @property
    def takes_details(self) -> bool:
        form = self.panel_form
        return bool(form) and any("data-tags" in form.fields[name].widget.attrs for name in form.fields)  # type: ignore[union-attr]

    @property
    def details(self) -> list[tuple[str, str]]:
        offered = questions.details_on_offer(self.document.workspace)
        has_gender = CustomField.objects.filter(
            workspace=self.document.workspace, key=merging.GENDER_KEY, archived_at=None, is_sensitive=False
        )
        return offered + ([("gender", str(_("A form by gender")))] if has_gender.exists() else [])

    # -- previews ---------------------------------------------------------------------------------------------------------
    @cached_property
    def known(self) -> Contact:
        wanted = whole(self.state.get("as")) or 0
        people = Contact.objects.alive().filter(workspace=self.document.workspace)
        chosen = people.filter(pk=wanted).first()
        found = chosen or self.preview_contact or previewing.someone_known(self.document.workspace)
        return found or previewing.example(self.document.workspace)

    @property
    def people(self) -> list[dict[str, Any]]:
        people = Contact.objects.alive().filter(workspace=self.document.workspace).exclude(first_name="")
        newest = people.order_by("-created_at", "-pk")[:8]
        return [{"contact": each, "href": self.href(**{"as": str(each.pk)})} for each in newest]

    @property
    def preview_url(self) -> str:
        args = {"workspace": self.document.workspace.slug, "pk": self.document.pk}
        return reverse("content:preview", kwargs=args)

    @property
    def previews(self) -> list[dict[str, Any]]:
        """The two frames. The revision in the address is what makes a frame load again."""
        shared = self.preview_query | {"selected": self.block_id, "revision": str(self.document.revision)}
        readers = {"known": str(self.known.pk or "example"), "stranger": "stranger"}
        return [
            {
                "reader": reader,
                "src": f"{self.preview_url}?{urlencode(shared | {'as': who})}#b-{self.block_id}",
                "is_shown": self.state["view"] in ("both", reader),
            }
            for reader, who in readers.items()
        ]

    @property
    def is_wide(self) -> bool:
        return self.state["device"] == "desktop"

    def href(self, **changes: str) -> str:
        """The editor's address with another state; relative, so that parts need not know whose screen this is."""
        state = self.state | {"block": self.block_id} | changes
        defaults = {"tab": "content", "view": "both", "device": "phone"}
        kept = {
            key: value for key, value in state.items() if value and value != defaults.get(key) and key != "audience"
        }
        return "?" + urlencode(kept)


def state_of(request: MemberRequest) -> dict[str, str]:
    """The state in the address, whatever does not belong there replaced by its default."""
    query = request.GET.dict()
    if request.htmx and request.method == "POST" and request.htmx.current_url:
        query = {key: values[-1] for key, values in parse_qs(urlsplit(request.htmx.current_url).query).items()}
    state = {key: query[key] if query.get(key) in known else next(iter(known)) for key, known in CHOICES.items()}
    return state | {key: str(query[key])[:20] for key in ("block", "as") if query.get(key)}


def editor_context(
    request: MemberRequest,
    document: Document,
    *,
    preview_contact: Contact | None = None,
    preview_query: dict[str, str] | None = None,
    moved_to: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The context of the parts: {"editor": ..., "document": ...}. `preview_query` goes to the preview's address; `moved_to` is
    state that a verb has just changed."""
    state = state_of(request) | {key: value for key, value in (moved_to or {}).items() if value}
    return {"editor": Editor(document, state, preview_contact, preview_query or {}), "document": document}
