"""The ready models: the stages that the textbooks name, each with what usually counts as reaching it.

Every model keeps its own words, because its readers know them so. Matches name kinds of event; a kind that no room of this
installation records is left out, and the owner sees what to choose instead. A visit alone tells one person from another only
where browsing was consented to, so a first stage also takes the facts that name somebody: a click in a mail, a form.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.timeline import kinds

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ReadyStage:
    name: Text
    kinds: tuple[str, ...]
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class ReadyModel:
    """`window_days` None: a person may take years. `why` says in one line whom it serves."""

    key: str
    name: Text
    why: Text
    stages: tuple[ReadyStage, ...]
    window_days: int | None = 30

    def matches(self, stage: ReadyStage) -> list[dict[str, str]]:
        return [{"kind": kind} for kind in stage.kinds if kinds.known(kind)]


SEEN = ("page.viewed", "mailing.clicked")
INTERESTED = ("page.engaged", "form.submitted")
LEAD = ("form.submitted",)
TALKS = ("status.changed", "form.submitted")
BOUGHT = ("order.placed",)
SATISFIED = ("survey.answered", "share.clicked")
LOYAL = ("referral.credited", "order.placed")

READY = (
    ReadyModel(
        "share",
        name=_("A friend brings a friend"),
        why=_("Follows a page that is shared by WhatsApp: who came, joined, shared and brought someone."),
        stages=(
            ReadyStage(_("Came to the page"), ("page.viewed", "mailing.clicked", "form.submitted")),
            ReadyStage(_("Joined thanks to a friend"), ("referral.joined",), is_optional=True),
            ReadyStage(_("Shared"), ("share.clicked",)),
            ReadyStage(_("Brought a friend"), ("referral.credited",)),
        ),
    ),
    ReadyModel(
        "consideration",
        name=_("Awareness to conversion"),
        why=_("The road to a first purchase, in four steps."),
        stages=(
            ReadyStage(_("Awareness"), SEEN),
            ReadyStage(_("Interest"), INTERESTED),
            ReadyStage(_("Evaluation"), LEAD),
            ReadyStage(_("Conversion"), BOUGHT),
        ),
    ),
    ReadyModel(
        "loyalty",
        name=_("From purchase to loyalty"),
        why=_("What happens after someone bought."),
        stages=(
            ReadyStage(_("Purchase"), BOUGHT),
            ReadyStage(_("Satisfaction"), SATISFIED),
            ReadyStage(_("Loyalty"), LOYAL),
            ReadyStage(_("Maintenance"), ("mailing.clicked", "page.viewed")),
        ),
        window_days=None,
    ),
    ReadyModel(
        "attract",
        name=_("Attract to retain"),
        why=_("From a first visit to a customer who stays."),
        stages=(
            ReadyStage(_("Attraction"), SEEN),
            ReadyStage(_("Engagement"), INTERESTED),
            ReadyStage(_("Conversion"), BOUGHT),
            ReadyStage(_("Retention"), LOYAL),
        ),
        window_days=365,
    ),
    ReadyModel(
        "aida",
        name=_("AIDA"),
        why=_("The classic of advertising: attention, interest, desire, action."),
        stages=(
            ReadyStage(_("Attention"), SEEN),
            ReadyStage(_("Attraction of interest"), INTERESTED),
            ReadyStage(_("Desire"), TALKS),
            ReadyStage(_("Action"), BOUGHT),
        ),
    ),
    ReadyModel(
        "six",
        name=_("Six stages to retention"),
        why=_("For purchases that people think about before they decide."),
        stages=(
            ReadyStage(_("Awareness"), SEEN),
            ReadyStage(_("Interest"), INTERESTED),
            ReadyStage(_("Consideration"), LEAD),
            ReadyStage(_("Intent"), TALKS),
            ReadyStage(_("Purchase"), BOUGHT),
            ReadyStage(_("Retention"), LOYAL),
        ),
        window_days=365,
    ),
    ReadyModel(
        "customer",
        name=_("The customer's own side"),
        why=_("The same road in the customer's eyes: aware, thinking, deciding, staying."),
        stages=(
            ReadyStage(_("Consciousness"), SEEN),
            ReadyStage(_("Thinking"), INTERESTED),
            ReadyStage(_("Decision"), BOUGHT),
            ReadyStage(_("Retention"), LOYAL),
        ),
        window_days=365,
    ),
    ReadyModel(
        "loops",
        name=_("The new funnel, with two loops"),
        why=_("People research in circles before they buy, and come back in circles after. Stages may be skipped."),
        stages=(
            ReadyStage(_("Awareness"), SEEN),
            ReadyStage(_("Research and discovery (loop)"), INTERESTED, is_optional=True),
            ReadyStage(_("Purchase"), BOUGHT),
            ReadyStage(_("Satisfaction (loyalty loop)"), SATISFIED, is_optional=True),
            ReadyStage(_("Bought again"), BOUGHT),
        ),
        window_days=None,
    ),
)
BY_KEY = {model.key: model for model in READY}
