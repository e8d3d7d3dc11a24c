"""The word this room adds to the rule language: something happened to the person.

An event with a contact is that contact's; a web event carries its visitor only, and who that is, is read from the identity
edges at the time of asking. Robots never count.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.rules.comparing import midnight
from crm.rules.controls import Choice, Control, Option, Parts, first, number
from crm.rules.criteria import CLOCK, Criterion, Node, Sql, register
from crm.rules.faults import RuleError, Text, step
from crm.rules.remembering import remember
from crm.rules.values import MAX_DAYS, isolated
from crm.timeline import kinds
from crm.timeline.models import Event
from crm.workspaces.models import Workspace

MAX_TIMES = 10_000
TIMES: dict[str, Text] = {
    ">=": gettext_lazy("at least"),
    "=": gettext_lazy("exactly"),
    "<=": gettext_lazy("at most"),
    ">": gettext_lazy("more than"),
    "<": gettext_lazy("fewer than"),
}
PERIODS = (1, 7, 14, 30, 60, 90, 180, 365)
MATCH = "e.workspace_id = %s AND e.kind = %s AND e.verdict <> 'robot'"
FACTS = "SELECT e.contact_id FROM crm_event e WHERE {match} AND e.contact_id IS NOT NULL"
VISITS = (
    "SELECT i.contact_id FROM crm_event e JOIN crm_identityedge i ON i.visitor_id = e.visitor_id "
    "WHERE {match} AND e.contact_id IS NULL"
)
BROWSERS = "SELECT i.visitor_id FROM crm_identityedge i WHERE i.contact_id = c.id"
# Duplicates keep what happened to them; it counts as the person's whom they were merged into. They are few, so it is cheap.
FACTS_OF_DUPLICATES = (
    "SELECT d.merged_into_id FROM crm_contact d JOIN crm_event e ON e.contact_id = d.id "
    "WHERE d.workspace_id = %s AND d.merged_into_id IS NOT NULL AND {match}"
)
VISITS_OF_DUPLICATES = (
    "SELECT d.merged_into_id FROM crm_contact d JOIN crm_identityedge i ON i.contact_id = d.id "
    "JOIN crm_event e ON e.visitor_id = i.visitor_id AND e.contact_id IS NULL "
    "WHERE d.workspace_id = %s AND d.merged_into_id IS NOT NULL AND {match}"
)

# One step of the index for each kind there is, however many events.
KINDS_SEEN = """
WITH RECURSIVE seen (kind) AS (
    (SELECT e.kind FROM crm_event e WHERE e.workspace_id = %(workspace)s ORDER BY e.kind LIMIT 1)
    UNION ALL
    SELECT (SELECT e.kind FROM crm_event e WHERE e.workspace_id = %(workspace)s AND e.kind > seen.kind ORDER BY e.kind LIMIT 1)
    FROM seen WHERE seen.kind IS NOT NULL
) SELECT kind FROM seen WHERE kind IS NOT NULL LIMIT 200
"""


class EventCriterion(Criterion):
    """`times` counts those that happened, so "at most 2" still asks for one; "never" is written as `none`."""

    key: ClassVar = "event"
    label: ClassVar = gettext_lazy("Activity")
    icon: ClassVar = "bolt"
    rank: ClassVar = 40
    extras: ClassVar = frozenset({"subject", "part", "within_days", "times"})
    never_null: ClassVar = True

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        kind = node["event"]
        if not isinstance(kind, str) or len(kind) > 60 or not kinds.known(kind):
            raise RuleError(step(path, "event"), _("This kind of activity does not exist."))
        cleaned: Node = {"event": kind}
        if node.get("subject") is not None:
            cleaned["subject"] = _clean_subject(workspace, kind, node["subject"], step(path, "subject"))
        if node.get("part") is not None:
            cleaned["part"] = _clean_part(kind, cleaned, node["part"], step(path, "part"))
        if node.get("within_days") is not None:
            cleaned["within_days"] = _whole(node["within_days"], 1, MAX_DAYS, step(path, "within_days"))
        times = _clean_times(node.get("times"), step(path, "times"))
        return cleaned if times == [">=", 1] else cleaned | {"times": times}

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        match, params = _match(node, workspace, now)
        arms = [FACTS, FACTS_OF_DUPLICATES]
        if _may_be_a_visit(node["event"]):
            arms += [VISITS, VISITS_OF_DUPLICATES]
        people = " UNION ALL ".join(arm.format(match=match) for arm in arms)
        values = ([*params, workspace.pk, *params]) * (len(arms) // 2)
        if "times" in node:
            operator, count = node["times"]
            people = f"SELECT a.contact_id FROM ({people}) a GROUP BY a.contact_id HAVING count(*) {operator} %s"  # noqa: S608
            values = [*values, count]
        return f"EXISTS (SELECT 1 FROM ({people}) p WHERE p.contact_id = c.id)", values  # noqa: S608

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return [f"event:{node['event']}", *([CLOCK] if "within_days" in node else [])]

    def words(self, node: Node, *, workspace: Workspace) -> str:
        said = _("who had the activity %(kind)s") % {"kind": isolated(_label(node["event"]))}
        if "subject" in node:
            said += " " + _("(%(subject)s)") % {"subject": isolated(_subject_label(workspace, node))}
        if "part" in node:
            said += " " + _("(%(subject)s)") % {"subject": isolated(_part_label(workspace, node))}
        return said + how_often(node)

    def found(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql | None:
        """How often it happened to this person, and when last."""
        match, params = _match(node, workspace, now)
        own = f"e.contact_id = c.id AND {match}"
        visits = f"e.contact_id IS NULL AND {match} AND e.visitor_id IN ({BROWSERS})"
        arms = [own, visits] if _may_be_a_visit(node["event"]) else [own]
        times = " UNION ALL ".join(f"SELECT e.occurred_at FROM crm_event e WHERE {arm}" for arm in arms)  # noqa: S608
        told = "jsonb_build_object('count', count(*), 'last', max(a.occurred_at))"
        return f"(SELECT {told} FROM ({times}) a)", params * len(arms)  # noqa: S608

    def found_words(self, node: Node, value: Any, *, workspace: Workspace) -> str:
        if not isinstance(value, dict) or not value.get("count"):
            return _("did not happen")
        last = date_format(datetime.fromisoformat(value["last"]).astimezone(workspace.zone), "SHORT_DATE_FORMAT")
        words = ngettext("once, on %(date)s", "%(count)d times, last on %(date)s", value["count"])
        return words % {"count": value["count"], "date": last}

    @property
    def schema(self) -> dict[str, Any]:
        times = {"type": "integer", "minimum": 0, "maximum": MAX_TIMES}
        return {
            "type": "object",
            "properties": {
                "event": {"type": "string", "maxLength": 60},
                "subject": {"type": "integer"},
                "part": {"type": "integer"},
                "within_days": {"type": "integer", "minimum": 1, "maximum": MAX_DAYS},
                "times": {"type": "array", "prefixItems": [{"enum": list(TIMES)}, times], "minItems": 2, "maxItems": 2},
            },
            "required": ["event"],
            "additionalProperties": False,
        }

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        for kind in [*kinds.every(), *map(kinds.get, _custom_kinds(workspace))]:
            yield Choice(f"event:{kind.name}", kind.label, kind.icon, _("What they did"))

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        return str(_label(node["event"])) if _is_kind(node["event"]) else _("(removed)")

    def what(self, node: Node) -> str:
        return f"event:{node['event']}"

    def icon_of(self, node: Node, *, workspace: Workspace) -> str:
        return kinds.get(node["event"]).icon if _is_kind(node["event"]) else self.icon

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        if not _is_kind(node["event"]):
            return []
        operator, count = _drafted_times(node)
        answer = [_subject_control(workspace, node)] if kinds.get(node["event"]).subjects else []
        attrs = {"min": "1", "max": str(MAX_TIMES), "step": "1", "inputmode": "numeric"}
        return [
            *answer,
            *_part_controls(workspace, node),
            _period_control(node),
            Control("times_op", "select", _("How often"), operator, tuple(Option(*pair) for pair in TIMES.items())),
            Control("times", "number", _("Times"), count, suffix=_("times"), attrs=attrs),
        ]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        node: Node = {"event": argument}
        for name, part in (("subject", "subject"), ("part", "part"), ("within_days", "period")):
            if value := first(parts, part):
                node[name] = number(value)
        times = [first(parts, "times_op", ">="), number(first(parts, "times", "1"))]
        return node if times == [">=", 1] else node | {"times": times}


def _match(node: Node, workspace: Workspace, now: datetime) -> Sql:
    match, params = MATCH, [workspace.pk, node["event"]]
    if "subject" in node:
        match, params = f"{match} AND e.subject_id = %s", [*params, node["subject"]]
    if "part" in node:
        name = kinds.get(node["event"]).part_property  # of a registered kind, never a user's
        match, params = f"{match} AND e.properties->'{name}' = %s::jsonb", [*params, str(node["part"])]
    if "within_days" in node:
        first_day = now.astimezone(workspace.zone).date() - timedelta(days=node["within_days"])
        match += " AND e.occurred_at >= %s AND e.occurred_at <= %s"
        params = [*params, midnight(first_day, workspace.zone), now]
    return match, params


def _is_kind(name: Any) -> bool:
    return isinstance(name, str) and kinds.known(name)


def _custom_kinds(workspace: Workspace) -> list[str]:
    """The kinds that this business's own systems sent."""

    def load() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(KINDS_SEEN, {"workspace": workspace.pk})
            return [kind for (kind,) in cursor.fetchall() if kind.startswith(kinds.CUSTOM)]

    return remember(("custom kinds", workspace.pk), load)


def _may_be_a_visit(kind: str) -> bool:
    return kinds.get(kind).web if kinds.known(kind) and not kind.startswith(kinds.CUSTOM) else True


def _label(kind: str) -> Text:
    return kinds.get(kind).label if kinds.known(kind) else kind


# -- the parts of a node -----------------------------------------------------------------------------------------------------
def _clean_subject(workspace: Workspace, kind: str, subject: Any, path: str) -> int:
    if isinstance(subject, bool) or not isinstance(subject, int) or not 0 < subject < 2**63:
        raise RuleError(path, _("This does not exist."))
    if subject not in _subjects(workspace, kind) and not _was_a_subject(workspace, kind, subject):
        raise RuleError(path, _("This does not exist."))
    return subject


def _subjects(workspace: Workspace, kind: str) -> dict[int, str]:
    listing = kinds.get(kind).subjects if kinds.known(kind) else None
    return remember(("subjects", workspace.pk, kind), lambda: dict(listing(workspace)) if listing else {})


def _was_a_subject(workspace: Workspace, kind: str, subject: int) -> bool:
    """A mailing that was deleted keeps its history, and may still be asked about."""
    return Event.objects.filter(workspace=workspace, kind=kind, subject_id=subject).exists()


def _subject_label(workspace: Workspace, node: Node) -> str:
    return _subjects(workspace, node["event"]).get(node["subject"], _("(removed)"))


def _clean_part(kind: str, cleaned: Node, part: Any, path: str) -> int:
    """A link that a later version of the mailing does not have any more may still be asked about."""
    asked = kinds.get(kind).parts if kinds.known(kind) else None
    is_whole = isinstance(part, int) and not isinstance(part, bool) and 0 <= part < 2**31
    if asked is None or "subject" not in cleaned or not is_whole:
        raise RuleError(path, _("This does not exist."))
    return int(part)


def _parts(workspace: Workspace, node: Node) -> dict[int, str]:
    kind, subject = kinds.get(node["event"]), node.get("subject")
    listing = kind.parts
    if listing is None or not isinstance(subject, int) or isinstance(subject, bool) or not 0 < subject < 2**63:
        return {}
    return remember(("parts", workspace.pk, kind.name, subject), lambda: dict(listing(workspace, subject)))


def _part_label(workspace: Workspace, node: Node) -> str:
    return _parts(workspace, node).get(node["part"], _("(removed)"))


def _part_controls(workspace: Workspace, node: Node) -> list[Control]:
    """Once a subject is chosen and has parts."""
    offered, kind = _parts(workspace, node), kinds.get(node["event"])
    if not offered:
        return []
    options = [Option("", _("Any")), *(Option(str(number), label) for number, label in offered.items())]
    chosen = "" if node.get("part") is None else str(node["part"])
    if chosen and chosen not in map(str, offered):
        options.append(Option(chosen, _("(removed)")))
    return [Control("part", "select", kind.part_label, chosen, tuple(options))]


def how_often(node: Node) -> str:
    """ " at least twice in the last 30 days", or nothing."""
    said = ""
    if "times" in node:
        operator, count = node["times"]
        said += " " + _times_words(operator, count)
    if "within_days" in node:
        days = node["within_days"]
        said += " " + ngettext("in the last day", "in the last %(count)d days", days) % {"count": days}
    return said


def _whole(value: Any, least: int, most: int, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RuleError(path, _("Write a whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
    return value


def _clean_times(times: Any, path: str) -> list[Any]:
    if times is None:
        return [">=", 1]
    if not isinstance(times, list) or len(times) != 2:
        raise RuleError(path, _("“times” is written as [“>=”, 2]."))
    operator, count = times
    if not isinstance(operator, str) or operator not in TIMES:
        raise RuleError(step(path, 0), _("“times” is written as [“>=”, 2]."))
    least = {"=": 1, "<=": 1, "<": 2, ">": 0}.get(operator, 1)
    return [operator, _whole(count, least, MAX_TIMES, step(path, 1))]


def _times_words(operator: str, count: int) -> str:
    sentences = {
        ">=": ngettext("at least once", "at least %(count)d times", count),
        "=": ngettext("exactly once", "exactly %(count)d times", count),
        "<=": ngettext("once at most", "%(count)d times at most", count),
        ">": ngettext("more than once", "more than %(count)d times", count),
        "<": ngettext("fewer than %(count)d time", "fewer than %(count)d times", count),
    }
    return sentences[operator] % {"count": count}


def _drafted_times(node: Node) -> tuple[str, str]:
    times = node.get("times")
    if not isinstance(times, list) or len(times) != 2:
        return ">=", "1"
    return str(times[0]), "" if times[1] is None else str(times[1])


def _subject_control(workspace: Workspace, node: Node) -> Control:
    offered = _subjects(workspace, node["event"])
    options = [Option("", _("Any")), *(Option(str(pk), label) for pk, label in offered.items())]
    chosen = str(node.get("subject") or "")
    if chosen and chosen not in map(str, offered):
        options.append(Option(chosen, _("(removed)")))
    redraws = kinds.get(node["event"]).parts is not None
    return Control("subject", "select", _("About what"), chosen, tuple(options), redraws=redraws)


def _period_control(node: Node) -> Control:
    chosen = node.get("within_days")
    days = sorted({*PERIODS, *([chosen] if isinstance(chosen, int) and chosen > 0 else [])})
    texts = [(str(n), ngettext("in the last day", "in the last %(count)d days", n) % {"count": n}) for n in days]
    options = (Option("", _("at any time")), *(Option(*pair) for pair in texts))
    return Control("period", "select", _("When"), str(chosen or ""), options)


CRITERION = EventCriterion()
register(CRITERION)
