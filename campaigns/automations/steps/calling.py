"""Calls another system with the contact's details, which are taken down with the step; see campaigns/automations/calling.py."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations import calling, errands
from campaigns.automations.models import Errand, Passage
from campaigns.automations.steps.base import Batch, Outcome, Said, Step, register
from crm.contacts.models import Contact
from crm.rules.values import isolated
from crm.workspaces.models import Workspace


class WebhookStep(Step):
    """{"url": "https://example.test/hook"}. Sensitive fields stay in the house."""

    name: ClassVar = "webhook"
    label: ClassVar = gettext_lazy("Call another system")
    icon: ClassVar = "plug"
    tone: ClassVar = "iris"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        raw = said.get("url") or ""
        try:
            return {"url": calling.clean_url(raw) if raw else ""}
        except ValidationError as error:
            raise ValidationError({"url": error.messages}) from None

    def lacks(self, step: Said, workspace: Workspace) -> str:
        return "" if step["url"] else _("Write an address that begins with https://")

    def words(self, step: Said, workspace: Workspace) -> str:
        host = urlsplit(step["url"]).hostname if step["url"] else "…"
        return _("Call %(name)s") % {"name": isolated(host or "…")}

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        bodies = _bodies(step, batch)
        payloads = {pk: {"url": step["url"], "body": body} for pk, body in bodies.items()}
        errands.write(batch.workspace.pk, step["id"], Errand.Kind.WEBHOOK, payloads, now=batch.now)
        return {}

    def detail_words(self, step: Said, passage: Passage, workspace: Workspace) -> str:
        errand = Errand.objects.filter(enrolment=passage.enrolment_id, step=passage.step).first()
        if errand is None:
            return super().detail_words(step, passage, workspace)
        values = {"state": errand.get_state_display(), "answer": isolated(errand.answer)}
        return _("%(state)s: %(answer)s") % values if errand.answer else str(values["state"])


def _bodies(step: Said, batch: Batch) -> dict[int, dict[str, Any]]:
    """What is told of each, by enrolment."""
    fields = batch.workspace.custom_fields.active().filter(is_sensitive=False)
    labels = {field.storage_key: field.label for field in fields}
    people = Contact.objects.filter(workspace=batch.workspace, pk__in=batch.contact_ids).in_bulk()
    return {
        one.pk: {
            "automation": {"id": batch.automation.pk, "name": batch.automation.name},
            "step": step["id"],
            "at": batch.now.isoformat(),
            "contact": _told(people[one.contact_id], labels),
        }
        for one in batch.people
    }


def _told(contact: Contact, labels: dict[str, str]) -> dict[str, Any]:
    own = {name: getattr(contact, name) for name in ("email", "phone", "first_name", "last_name")}
    values = [
        {"field": key, "label": labels[key], "value": value} for key, value in contact.values.items() if key in labels
    ]
    return {"id": contact.pk, **own, "fields": values}


register(WebhookStep())
