"""A survey as something a link leads to: in a mail each reader gets a personal link, which nobody wraps, follows or counts."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.content.links import Addresses, register_link_target
from crm.workspaces.models import Workspace
from surveys import tokens
from surveys.models import Survey


def url_of(survey: Survey) -> str:
    """The address of the page, for whoever has no link of their own."""
    return _absolute("survey", code=survey.code)


def personal_url(survey: Survey, contact_id: int) -> str:
    return _absolute("personal", code=survey.code, link=tokens.make(survey.pk, contact_id))


def surveys_to_link(workspace: Workspace) -> list[tuple[int, str]]:
    return list(Survey.objects.filter(workspace=workspace, deleted_at=None).values_list("pk", "name"))


def address_of(workspace: Workspace, pk: int) -> str | None:
    """Also of one that is not open yet, which a mail may be written before."""
    survey = Survey.objects.filter(workspace=workspace, pk=pk, deleted_at=None).first()
    return url_of(survey) if survey else None


def personal(workspace: Workspace, pk: int) -> Addresses:
    """One question for a mailing; then an HMAC for each reader. A survey that is gone meanwhile leads nowhere."""
    survey = Survey.objects.filter(workspace=workspace, pk=pk).first()
    if survey is None:
        return lambda contact_id: "#"
    start, preview = url_of(survey), _absolute("preview", code=survey.code)
    return lambda contact_id: f"{start}{tokens.make(pk, contact_id)}/" if contact_id else preview


def _absolute(name: str, **kwargs: str) -> str:
    return settings.PUBLIC_URL + reverse(f"surveys_public:{name}", kwargs=kwargs)


register_link_target("survey", surveys_to_link, address_of, label=_("Survey"), personal=personal)
