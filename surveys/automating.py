"""The ready-made automation of this room: whoever answered gets a mail that fits their score, and the disappointed a call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations import flow
from campaigns.automations.ready import Kit, Ready, register
from campaigns.content import documents
from campaigns.mailings import drafting
from campaigns.mailings.models import Mailing
from crm.workspaces.models import Workspace
from surveys import ready as surveys
from surveys.models import Band, Score, Survey

Said = dict[str, Any]


def scored(workspace: Workspace) -> Iterable[tuple[int, str]]:
    """Surveys that know who answered and give a score, the newest first."""
    kept = Survey.objects.filter(workspace=workspace, deleted_at=None, kind=Survey.Kind.IDENTIFIED)
    rows = kept.filter(scores__bands__isnull=False).distinct().order_by("-pk")
    return rows.values_list("pk", "name")


def satisfaction(kit: Kit) -> Said:
    """One mail whose middle paragraph is for one band each; the paths do what a mail cannot."""
    survey = _survey(kit)
    score = Score.objects.filter(survey=survey, bands__isnull=False).order_by("pk").first()
    bands = sorted(score.bands.all(), key=lambda band: -band.highest) if score else []
    rules = {band.pk: {"all": [{"score": band.score_id, "band": band.name}]} for band in bands}
    greeting = drafting.starter(kit.workspace.language)[0]
    middle = [_paragraph(kit, band, rules[band.pk]) for band in bands]
    ending = documents.new_block("text", kit.workspace.language, text=_("Thank you for taking the time."))
    mail = kit.mail_of(
        _("We read what you wrote"),
        _("We read what you wrote"),
        [greeting, *middle, ending],
        purpose=Mailing.Purpose.SERVICE,
    )
    paths = [{"name": band.name, "rule": rules[band.pk], "steps": _then(band)} for band in bands]
    steps = [mail, *([flow.new_step("branch", paths=paths)] if paths else [])]
    return {
        "triggers": [{"on": "event", "event": "survey.answered", "subject": survey.pk}],
        "again": flow.ALWAYS,
        "steps": steps,
    }


def _survey(kit: Kit) -> Survey:
    kept = Survey.objects.filter(workspace=kit.workspace, deleted_at=None)
    found = kept.filter(pk=kit.about).first() if kit.about else None
    if found is not None:
        return found
    template = surveys.find("satisfaction")
    assert template is not None
    return surveys.make(template, kit.workspace, by=kit.by, name=str(template.name), language=kit.workspace.language)


def _paragraph(kit: Kit, band: Band, rule: Said) -> Said:
    words = {
        Band.Tone.HIGH: _("We are glad you are pleased. If you have a friend who would be too, share this with them."),
        Band.Tone.MIDDLING: _(
            "It was fine, and we want more than fine. What was missing? Answer this mail, we read it."
        ),
        Band.Tone.LOW: _("We are sorry it was not as it should be. Somebody of us will call you today."),
    }
    text = words.get(Band.Tone(band.tone), _("We read every word you wrote."))
    return {**documents.new_block("text", kit.workspace.language, text=text), "rule": rule}


def _then(band: Band) -> list[Said]:
    tags = {Band.Tone.HIGH: _("Pleased"), Band.Tone.LOW: _("To call back")}
    tag = tags.get(Band.Tone(band.tone))
    steps = [flow.new_step("tag", tag=tag)] if tag else []
    if band.tone == Band.Tone.LOW:
        steps.append(flow.new_step("task", title=_("Call today: a low score in the survey"), member=None, days=0))
    return steps


register(
    Ready(
        "satisfaction",
        gettext_lazy("Reply to a satisfaction survey"),
        gettext_lazy("Whoever answered gets a mail that fits their score, and the disappointed are marked for a call."),
        "mood-happy",
        (
            gettext_lazy("A survey was answered to the end"),
            gettext_lazy("One mail, a paragraph for each score"),
            gettext_lazy("A path for each score"),
        ),
        satisfaction,
        tone="leaf",
        order=10,
        about=scored,
        about_label=gettext_lazy("To which survey"),
        about_new=gettext_lazy("A new satisfaction survey, made with it"),
    )
)
