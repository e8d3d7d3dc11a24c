"""A rule in plain words, in the active language: "People whose E-mail contains @ and who are on the list News."

Users' own words stand between isolates, so that each keeps its direction; `marked` turns those into bold for a page.
"""

from __future__ import annotations

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crm.rules import criteria
from crm.rules.criteria import Node
from crm.rules.grammar import group_of
from crm.rules.remembering import remembering
from crm.rules.values import CLOSE, OPEN
from crm.workspaces.models import Workspace


def read(rule: Node | None, workspace: Workspace) -> str:
    """The sentence of a clean rule. Names that were removed since are said so."""
    if not rule:
        return _("Everybody.")
    members = rule["all"] if group_of(rule) == "all" else [rule]
    kept = [member for member in members if "none" not in member]
    refused = [part for member in members if "none" in member for part in member["none"]]
    with remembering():
        return _sentence(_joined(kept, "all", workspace), _joined(refused, "any", workspace))


def marked(text: str) -> SafeString:
    """The sentence for a page: what stood between isolates is bold and keeps its direction."""
    html = str(escape(text)).replace(OPEN, "<b><bdi>").replace(CLOSE, "</bdi></b>")
    return mark_safe(html)  # noqa: S308  escaped above; the isolates were stripped from users' words before


def _sentence(kept: str, refused: str) -> str:
    if not refused:
        return _("People %(who)s.") % {"who": kept} if kept else _("Everybody.")
    if not kept:
        return _("Everybody except those %(whom)s.") % {"whom": refused}
    return _("People %(who)s, except those %(whom)s.") % {"who": kept, "whom": refused}


def _joined(members: list[Node], group: str, workspace: Workspace) -> str:
    glue = _(" and ") if group == "all" else _(" or ")
    return glue.join(_clause(member, workspace, is_alone=len(members) == 1) for member in members)


def _clause(node: Node, workspace: Workspace, *, is_alone: bool = False) -> str:
    group = group_of(node)
    if group is None:
        criterion = criteria.of(node)
        return criterion.words(node, workspace=workspace) if criterion else _("(removed)")
    if group == "none":
        return _("who are not among those %(whom)s") % {"whom": f"({_joined(node['none'], 'any', workspace)})"}
    inner = _joined(node[group], group, workspace)
    return inner if is_alone or len(node[group]) == 1 else f"({inner})"
