"""Whom a mailing asked: the people who were sent one that holds a link to the survey, and how many of them took part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from campaigns.content.models import Document
from crm.contacts.models import Contact
from crm.timeline.models import Event
from surveys.models import Participation, Survey


@dataclass(frozen=True, slots=True)
class Asked:
    asked: int
    answered: int

    @property
    def waiting(self) -> int:
        return self.asked - self.answered


def of(survey: Survey) -> Asked | None:
    """None where no mailing asked. Of an anonymous survey `answered` counts published participations alone."""
    people = _people(survey)
    count = people.count()
    if not count:
        return None
    took_part = Participation.objects.filter(survey=survey, contact__in=people.values("pk"))
    return Asked(count, took_part.count())


def not_yet(survey: Survey) -> dict[str, Any] | None:
    """Who was asked and did not take part, as a rule for a reminder; None where no mailing asked.

    Of an anonymous survey, whoever waits to be counted is among them: that they answered is not told yet."""
    mailings = _mailings(survey)
    if not mailings:
        return None
    sent = [{"event": "mailing.sent", "subject": pk} for pk in mailings]
    return {"all": [{"any": sent}, {"none": [{"survey": survey.pk}]}]}


def _people(survey: Survey) -> QuerySet[Contact]:
    sent = Event.objects.filter(workspace_id=survey.workspace_id, kind="mailing.sent", subject_id__in=_mailings(survey))
    everybody: QuerySet[Contact] = Contact.objects.filter(workspace_id=survey.workspace_id).alive()
    return everybody.filter(pk__in=sent.values("contact"))


def _mailings(survey: Survey) -> list[int]:
    """Those that went out: their document holds the link as "survey:12", whatever block it stands in."""
    documents = Document.objects.filter(workspace_id=survey.workspace_id, medium=Document.Medium.MAIL)
    holding = documents.annotate(text=Cast("blocks", TextField())).filter(text__contains=f'"survey:{survey.pk}"')
    return list(holding.filter(mailing__started_at__isnull=False).values_list("mailing", flat=True))
