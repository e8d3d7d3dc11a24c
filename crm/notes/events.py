"""The kinds of event this room records. What was typed stands in `shown`, which is erased with the person, and taken out when
the note is edited or deleted. The subject carries no words of its own, for those would stay."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.timeline import kinds
from crm.timeline.kinds import Kind

TYPED = frozenset({"shown"})

kinds.register(
    Kind(
        "note.added",
        label=_("A note was added"),
        sentence=_("A note was added"),
        detail="%(shown)s",
        icon="note",
        tone="sun",
        group="note",
        subject_type="note",
        personal=TYPED,
    ),
    Kind(
        "task.added",
        label=_("A task was added"),
        sentence=_("A task was added"),
        detail="%(shown)s",
        icon="clipboard-check",
        group="note",
        subject_type="task",
        personal=TYPED,
    ),
    Kind(
        "task.done",
        label=_("A task was done"),
        sentence=_("A task was done"),
        detail="%(shown)s",
        icon="circle-check",
        tone="leaf",
        group="note",
        subject_type="task",
        personal=TYPED,
    ),
)
