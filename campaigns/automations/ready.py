"""Ready-made automations: what an owner begins with, in the language of the business, with drafts of the mails they send.

A room registers its own; `make` of each returns the flow of a draft, and takes a Kit to make mails with. Nothing is switched on
and nothing is sent before the owner has read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import translation

from campaigns.automations import flow, switching
from campaigns.automations.models import Automation
from campaigns.automations.steps import base
from campaigns.content import documents
from campaigns.mailings import drafting
from campaigns.mailings.models import Mailing
from crm.rules.faults import Text
from crm.workspaces.models import User, Workspace

Said = dict[str, Any]
Offered = Callable[[Workspace], Iterable[tuple[int, str]]]


class Kit:
    """What a template makes its flow with: steps, and drafts of mails in the language of the business."""

    def __init__(self, workspace: Workspace, by: User | None, about: int | None) -> None:
        self.workspace, self.by, self.about = workspace, by, about

    def mail(self, name: Text, subject: Text, *texts: Text, purpose: str = Mailing.Purpose.CONTENT) -> Said:
        """A step that sends a fresh draft: a greeting by first name, and paragraphs."""
        language = self.workspace.language
        greeting = drafting.starter(language)[0]
        blocks = [greeting, *(documents.new_block("text", language, text=str(text)) for text in texts)]
        return self.mail_of(name, subject, blocks, purpose=purpose)

    def mail_of(self, name: Text, subject: Text, blocks: list[Said], *, purpose: str) -> Said:
        made = drafting.create(
            self.workspace, purpose=purpose, name=str(name)[:150], subject=str(subject), by=self.by, blocks=blocks
        )
        return flow.new_step("mail", mailing=made.pk)

    def wait(self, amount: int, unit: str = "days") -> Said:
        return flow.new_step("wait", amount=amount, unit=unit)

    def hope(self, event: str, amount: int, unit: str, *, happened: Path, missed: Path) -> Said:
        paths = [{"name": str(name), "steps": list(steps)} for name, steps in (happened, missed)]
        return flow.new_step("hope", event=event, amount=amount, unit=unit, paths=paths)


Path = tuple[Text, Sequence[Said]]


@dataclass(frozen=True, slots=True)
class Ready:
    """`outline` says the steps in a few words each. `about` offers what it may be about, such as surveys."""

    key: str
    name: Text
    why: Text
    icon: str
    outline: Sequence[Text]
    make: Callable[[Kit], Said]
    tone: str = "sea"
    order: int = 50
    about: Offered | None = None
    about_label: Text = ""
    about_new: Text = ""


_ready: dict[str, Ready] = {}


def register(*templates: Ready) -> None:
    for template in templates:
        if template.key in _ready:
            raise ValueError(f"two ready automations are called {template.key}")
        _ready[template.key] = template


def every() -> list[Ready]:
    """All of them, once mails can be sent by a step."""
    return sorted(_ready.values(), key=lambda each: each.order) if base.known("mail") else []


def find(key: str) -> Ready | None:
    return _ready.get(key) if base.known("mail") else None


@transaction.atomic
def make(ready: Ready, workspace: Workspace, *, name: str, by: User | None, about: int | None = None) -> Automation:
    """A draft of it, with its mails. Raises ValidationError by field."""
    with translation.override(workspace.language):
        said = ready.make(Kit(workspace, by, about))
    return switching.create(workspace, name=name, draft=flow.empty() | said, by=by)
