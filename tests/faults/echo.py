"""A step whose effect shows when it is done twice: every time it is done, one more event stands on the card."""

from __future__ import annotations

from typing import Any

from campaigns.automations.steps import base
from crm.timeline.recording import build, record_many

KIND = "custom.echo"


class EchoStep(base.Step):
    name = "echo"
    label = "Echo"

    def run(self, step: base.Said, batch: base.Batch) -> dict[int, Any]:
        record_many(
            build(
                batch.workspace, KIND, contact=one.contact_id, occurred_at=batch.now, step=step["id"], enrolment=one.pk
            )
            for one in batch.people
        )
        return {}


def register() -> None:
    if not base.known(EchoStep.name):
        base.register(EchoStep())
