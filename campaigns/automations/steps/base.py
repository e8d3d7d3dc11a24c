"""What a step is. Each kind of step is one class here beside, registered by its name, with one template part of that name.

A step of a flow is `{"id": "k3j9x2ab", "type": "tag", ...settings, "paths": [{"id", "name", ..., "steps": []}]}`. The engine
takes all people who stand at one step together: `arrive` says when each may go on, `hold` asks again when that time has come,
`run` does what the step is for and says where each goes. All run in the engine's transaction, so a step may write to the
database and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from campaigns.automations.models import Automation, Enrolment, Passage, Version
from crm.bulk.kinds import Impossible
from crm.rules.faults import Text
from crm.workspaces.models import Workspace

__all__ = ["Batch", "Impossible", "Outcome", "Step", "every", "get", "known", "register"]

Said = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """The people who stand at one step of one version. `now` is the business's time, which a rehearsal moves by itself."""

    automation: Automation
    version: Version
    people: Sequence[Enrolment]
    now: datetime
    is_rehearsal: bool = False

    @property
    def workspace(self) -> Workspace:
        return self.automation.workspace

    @property
    def contact_ids(self) -> list[int]:
        """Ascending and each once, so that two workers wait for each other and never deadlock."""
        return sorted({one.contact_id for one in self.people})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one person: `path` is the id of the path they take; `stops` ends their walk after this step."""

    kind: str = Passage.Outcome.DONE
    path: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    stops: bool = False


class Step:
    """`label` for the menu, `group` one of message, contact, wait, path, other."""

    name: ClassVar[str]
    label: ClassVar[Text]
    icon: ClassVar[str] = "bolt"
    tone: ClassVar[str] = "sea"
    group: ClassVar[str] = "other"
    has_paths: ClassVar[bool] = False

    def clean(self, said: Said, workspace: Workspace) -> Said:
        """The settings alone, normalised. Raises ValidationError by field. What a draft may still lack is for `lacks`."""
        return {}

    def clean_path(self, said: Said, workspace: Workspace) -> Said:
        """The settings of one path, beside its name. Raises ValidationError by field."""
        return {}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        """What stands in the way of switching on, in plain words; "" for nothing."""
        return ""

    def words(self, step: Said, workspace: Workspace) -> str:
        """The step in one short line, in the active language."""
        return str(self.label)

    def detail_words(self, step: Said, passage: Passage, workspace: Workspace) -> str:
        """What it did to one person and why, for the trace."""
        return str(passage.get_outcome_display())

    def arrive(self, step: Said, batch: Batch) -> Mapping[int, datetime]:
        """When each may go on, by enrolment id; whoever is not named goes on at once."""
        return {}

    def begin(self, step: Said, workspace: Workspace) -> None:
        """Called at switching on, in its transaction, where nothing is lacking: for what must be ready before people come."""

    def hold(self, step: Said, batch: Batch) -> Mapping[int, datetime]:
        """Who must wait longer though their time has come, and until when, by enrolment id: a clock or a value has changed."""
        return {}

    def run(self, step: Said, batch: Batch) -> Mapping[int, Outcome]:
        """Does it; whoever is not named in the answer is done. Raises Impossible with words for the owner."""
        return {}

    def awaits(self, step: Said) -> tuple[str, int | None, int | None] | None:
        """(kind, subject, part) of the event that wakes whoever waits here."""
        return None


def of_contacts(batch: Batch, told: Mapping[int, Outcome]) -> dict[int, Outcome]:
    """Outcomes by contact as outcomes by enrolment."""
    return {one.pk: told[one.contact_id] for one in batch.people if one.contact_id in told}


def same_for(people: Iterable[Enrolment], outcome: Outcome) -> dict[int, Outcome]:
    return {one.pk: outcome for one in people}


_steps: dict[str, Step] = {}


def register(*steps: Step) -> None:
    for step in steps:
        if step.name in _steps:
            raise ValueError(f"two steps are called {step.name}")
        _steps[step.name] = step


def get(name: str) -> Step:
    return _steps[name]


def known(name: Any) -> bool:
    return isinstance(name, str) and name in _steps


def every() -> list[Step]:
    return list(_steps.values())
