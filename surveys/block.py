"""A block of landing pages: the first part of a personal survey, with its form. It is sent to the survey's own page, which
keeps it, shows what is wrong, or goes on with the next part; so answers and scores are those of the survey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content import blocks
from campaigns.content.attributes import Attribute
from campaigns.content.rendering import Rendering, safe
from crm.workspaces.models import Workspace
from surveys import asking, stamps
from surveys.at_hand import define
from surveys.models import Survey
from surveys.parts import Way
from surveys.visiting import Visit


def embeddable(workspace: Workspace) -> list[Survey]:
    """Personal surveys that ask who is answering."""
    rows = Survey.objects.filter(workspace=workspace, deleted_at=None, kind=Survey.Kind.IDENTIFIED)
    return list(rows.exclude(access=Survey.Access.INVITED).select_related("workspace").order_by("name", "pk"))


@dataclass(frozen=True, kw_only=True)
class SurveyId(Attribute):
    """The id of an embeddable survey, or None."""

    default: Any = None

    def clean(self, raw: Any, workspace: Workspace) -> int | None:
        if raw in (None, ""):
            return None
        found = {str(survey.pk): survey.pk for survey in embeddable(workspace)}
        if isinstance(raw, bool) or str(raw) not in found:
            raise ValidationError(_("Choose one of the options."))
        return found[str(raw)]

    def form_field(self, workspace: Workspace) -> forms.Field:
        named = [(str(survey.pk), survey.name) for survey in embeddable(workspace)]
        choices = [("", _("Choose")), *named]
        return forms.ChoiceField(label=self.label, help_text=self.help, required=False, choices=choices)


class SurveyBlock(blocks.BlockType):
    name = "survey"
    label = gettext_lazy("Survey")
    icon = "clipboard-check"
    explanation = gettext_lazy("The questions of a personal survey, answered on the page")
    media = frozenset({"page"})
    content = (SurveyId(key="survey", label=gettext_lazy("Which survey")),)

    def summary(self, data: dict[str, Any]) -> str:
        survey = Survey.objects.filter(pk=data["survey"]).first() if data.get("survey") else None
        return survey.name if survey else ""

    def problems(self, data: dict[str, Any], workspace: Workspace, medium: str) -> list[str]:
        survey = _found(data, workspace)
        if survey is None:
            return [_("Choose a survey for the page.")]
        return [] if survey.is_open else [_("The survey on the page is not open.")]

    def web(self, data: dict[str, Any], rendering: Rendering) -> SafeString:
        survey = _found(data, rendering.workspace)
        if survey is None or not survey.is_open:
            return SafeString("")
        visit = Visit(survey, rendering.language if rendering.language == survey.second_language else survey.language)
        defined = define(survey)
        way = Way(survey, defined.parts, {})
        context = {
            "name": survey.name_in(visit.language),
            "action": visit.address(),
            "stamp": stamps.make(survey.pk, 1, visit.secret),
            "people": asking.who_inputs({}, {}),
            "groups": asking.grouped(
                [asking.input_of(question, visit.language) for question in way.asked(defined.parts[0])]
            ),
            "is_last": way.after(defined.parts[0]) is None,
            "trap": asking.TRAP,
        }
        return rendering.weaver.literal(safe(render_to_string("surveys/_block.html", context).strip()))


def _found(data: dict[str, Any], workspace: Workspace) -> Survey | None:
    return next((survey for survey in embeddable(workspace) if survey.pk == data.get("survey")), None)


blocks.register(SurveyBlock())
