"""What the data of a block is made of: one class per kind of value, which cleans JSON and gives the editor its form field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content import links, merging, richtext
from crm.files.models import File
from crm.workspaces.models import Workspace


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """`key` in the block's data. `clean` raises ValidationError; a dict in it holds relative paths."""

    key: str
    label: Any = ""
    help: Any = ""
    default: Any = ""
    plain_form: bool = True  # false: the panel has a template of its own for it
    tags: bool = False  # whether personal details may stand in it

    def clean(self, raw: Any, workspace: Workspace) -> Any:
        raise NotImplementedError

    def form_field(self, workspace: Workspace) -> forms.Field:
        raise NotImplementedError

    def empty(self) -> Any:
        return self.default


@dataclass(frozen=True, kw_only=True)
class Line(Attribute):
    """One line, with personal details where `tags` is not false."""

    limit: int = 200
    tags: bool = True

    def clean(self, raw: Any, workspace: Workspace) -> str:
        text = richtext.tidy(raw, limit=self.limit, lines=False)
        if self.tags:
            merging.clean(text, workspace)
        return text

    def form_field(self, workspace: Workspace) -> forms.Field:
        widget = forms.TextInput(attrs={"dir": "auto", **({"data-tags": "line"} if self.tags else {})})
        return forms.CharField(label=self.label, help_text=self.help, required=False, widget=widget)


@dataclass(frozen=True, kw_only=True)
class Words(Attribute):
    """Several lines without marks or personal details."""

    limit: int = 500

    def clean(self, raw: Any, workspace: Workspace) -> str:
        return richtext.tidy(raw, limit=self.limit, lines=True)

    def form_field(self, workspace: Workspace) -> forms.Field:
        widget = forms.Textarea(attrs={"dir": "auto", "rows": 3})
        return forms.CharField(label=self.label, help_text=self.help, required=False, widget=widget)


@dataclass(frozen=True, kw_only=True)
class Rich(Attribute):
    """A text with marks, links and personal details."""

    tags: bool = True

    def clean(self, raw: Any, workspace: Workspace) -> str:
        return richtext.clean(raw, workspace)

    def form_field(self, workspace: Workspace) -> forms.Field:
        widget = forms.Textarea(attrs={"dir": "auto", "rows": 8, "data-tags": "rich", "class": "m-tall"})
        return forms.CharField(label=self.label, help_text=self.help, required=False, widget=widget)


@dataclass(frozen=True, kw_only=True)
class Choice(Attribute):
    options: tuple[tuple[str, Any], ...]

    def clean(self, raw: Any, workspace: Workspace) -> str:
        if not isinstance(raw, str) or raw not in dict(self.options):
            raise ValidationError(_("Choose one of the options."))
        return raw

    def form_field(self, workspace: Workspace) -> forms.Field:
        widget = forms.RadioSelect if len(self.options) <= 3 else forms.Select
        return forms.ChoiceField(label=self.label, help_text=self.help, choices=self.options, widget=widget)


@dataclass(frozen=True, kw_only=True)
class Flag(Attribute):
    default: Any = False

    def clean(self, raw: Any, workspace: Workspace) -> bool:
        if not isinstance(raw, bool):
            raise ValidationError(_("Choose yes or no."))
        return raw

    def form_field(self, workspace: Workspace) -> forms.Field:
        return forms.BooleanField(label=self.label, help_text=self.help, required=False)


@dataclass(frozen=True, kw_only=True)
class LinkTo(Attribute):
    """Any link; `only` narrows it to one kind of our own things, such as "page"."""

    only: str = ""

    def clean(self, raw: Any, workspace: Workspace) -> str:
        return links.clean_link(raw, workspace)

    def form_field(self, workspace: Workspace) -> forms.Field:
        return LinkField(workspace, label=self.label, help_text=self.help)


@dataclass(frozen=True, kw_only=True)
class Image(Attribute):
    """The id of a file of the workspace, or None."""

    default: Any = None

    def clean(self, raw: Any, workspace: Workspace) -> int | None:
        if raw is None:
            return None
        is_id = isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw < 2**63
        if not is_id or not File.objects.filter(workspace=workspace, pk=raw).exists():
            raise ValidationError(_("This picture is not here any more. Choose another."))
        return raw

    def form_field(self, workspace: Workspace) -> forms.Field:
        return forms.IntegerField(label=self.label, required=False, min_value=1, widget=forms.HiddenInput)


class LinkWidget(forms.MultiWidget):
    """One of our own things from a list, or an address."""

    template_name = "campaigns/content/_link_widget.html"

    def __init__(self, choices: list[Any]) -> None:
        address = forms.TextInput(
            attrs={
                "dir": "ltr",
                "inputmode": "url",
                "placeholder": "https://",
                "class": "m-to-start",
                "aria-label": gettext_lazy("Address"),
            }
        )
        target = forms.Select(choices=choices, attrs={"aria-label": gettext_lazy("What the link leads to")})
        super().__init__({"target": target, "address": address})

    def decompress(self, value: str | None) -> list[str]:
        if value and links.TARGET.fullmatch(value) and value.split(":")[0] in links.targets:
            return [value, ""]
        return ["", value or ""]


class LinkField(forms.MultiValueField):
    def __init__(self, workspace: Workspace, **kwargs: Any) -> None:
        own = [group for group in links.choices(workspace) if group[1]]
        choices = [("", gettext_lazy("An address outside")), *own]
        fields = (forms.CharField(required=False), forms.CharField(required=False))
        super().__init__(fields, widget=LinkWidget(choices), required=False, **kwargs)

    def compress(self, values: list[str]) -> str:
        target, address = values or ["", ""]
        return target or address
