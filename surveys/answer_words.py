"""How a condition on an answer or a score is said: an answer is not a field, though both are compared alike.

Each completes "People ..." with %(asked)s, or %(name)s of a score, and %(value)s; of days, with %(count)d.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from crm.rules import values
from crm.rules.faults import Text
from surveys.models import Question, Score

IS = gettext_lazy("whose answer to the question %(asked)s is %(value)s")
OF_ANSWERS: dict[str, Text] = {
    "empty": gettext_lazy("who did not answer the question %(asked)s"),
    "filled": gettext_lazy("who answered the question %(asked)s"),
    "contains": gettext_lazy("whose answer to the question %(asked)s contains %(value)s"),
    "equals": gettext_lazy("whose answer to the question %(asked)s equals %(value)s"),
    "starts": gettext_lazy("whose answer to the question %(asked)s starts with %(value)s"),
    ">=": gettext_lazy("whose answer to the question %(asked)s is at least %(value)s"),
    "<=": gettext_lazy("whose answer to the question %(asked)s is at most %(value)s"),
    ">": gettext_lazy("whose answer to the question %(asked)s is more than %(value)s"),
    "<": gettext_lazy("whose answer to the question %(asked)s is less than %(value)s"),
    "=": gettext_lazy("whose answer to the question %(asked)s is exactly %(value)s"),
    "between": gettext_lazy("whose answer to the question %(asked)s is between %(value)s"),
    "last": ngettext_lazy(
        "whose answer to the question %(asked)s was in the last day",
        "whose answer to the question %(asked)s was in the last %(count)d days",
        "count",
    ),
    "next": ngettext_lazy(
        "whose answer to the question %(asked)s is within the coming day",
        "whose answer to the question %(asked)s is within the coming %(count)d days",
        "count",
    ),
    "in": ngettext_lazy(
        "whose answer to the question %(asked)s is in exactly one day",
        "whose answer to the question %(asked)s is in exactly %(count)d days",
        "count",
    ),
    "older": ngettext_lazy(
        "whose answer to the question %(asked)s was more than one day ago",
        "whose answer to the question %(asked)s was more than %(count)d days ago",
        "count",
    ),
    "on": IS,
    "before": gettext_lazy("whose answer to the question %(asked)s is before %(value)s"),
    "after": gettext_lazy("whose answer to the question %(asked)s is after %(value)s"),
    "annual_today": gettext_lazy("whose day of the year in the answer to %(asked)s is today"),
    "annual_next": ngettext_lazy(
        "whose day of the year in the answer to %(asked)s is within the coming day",
        "whose day of the year in the answer to %(asked)s is within the coming %(count)d days",
        "count",
    ),
    "annual_month": gettext_lazy("whose day of the year in the answer to %(asked)s is in %(value)s"),
    "hebrew_today": gettext_lazy("whose Hebrew day in the answer to %(asked)s is today"),
    "hebrew_next": ngettext_lazy(
        "whose Hebrew day in the answer to %(asked)s is within the coming day",
        "whose Hebrew day in the answer to %(asked)s is within the coming %(count)d days",
        "count",
    ),
    "hebrew_month": gettext_lazy("whose Hebrew day in the answer to %(asked)s is in %(value)s"),
    "one_of": IS,
    "is": IS,
}
OF_SCORES: dict[str, Text] = {
    ">=": gettext_lazy("whose score in %(name)s is at least %(value)s"),
    "<=": gettext_lazy("whose score in %(name)s is at most %(value)s"),
    ">": gettext_lazy("whose score in %(name)s is more than %(value)s"),
    "<": gettext_lazy("whose score in %(name)s is less than %(value)s"),
    "=": gettext_lazy("whose score in %(name)s is exactly %(value)s"),
    "between": gettext_lazy("whose score in %(name)s is between %(value)s"),
}


def asked(question: Question) -> str:
    said = {"question": values.isolated(question.label), "survey": values.isolated(question.survey.name)}
    return _("%(question)s in the survey %(survey)s") % said


def scored(score: Score) -> str:
    said = {"score": values.isolated(score.name), "survey": values.isolated(score.survey.name)}
    return _("%(score)s of the survey %(survey)s") % said
