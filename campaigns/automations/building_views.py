"""The builder, for members: a flow and beside it the side where one thing of it is open. Every edit saves the draft.

`open` in the address says what the side shows; each form is a page of its own without htmx. Whoever comes with an old revision
overwrites nothing: they are told, and see how it is now.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from campaigns.automations import drawing, flow, listing, sides, switching
from campaigns.automations.arranging import NoSuchPlace
from campaigns.automations.models import Automation
from campaigns.automations.sides import Side
from campaigns.automations.step_forms import faults_of
from crm.contacts.views import focused
from crm.workspaces.http import MemberRequest, reader, wants_part, whole
from crm.workspaces.toasts import toast

Said = dict[str, Any]
Change = Callable[[Said], Any]


def address(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"automations:{name}", kwargs={"workspace": request.workspace.slug, **kwargs})


def place_url(request: MemberRequest, automation: Automation, open: str = "") -> str:
    query = f"?{urlencode({'open': open})}" if open else ""
    return address(request, "automation_edit", pk=automation.pk) + query


def alive(request: MemberRequest, pk: int) -> Automation:
    """The automation, or 404: another business's, or in the bin."""
    rows = Automation.objects.select_related("workspace", "version").filter(workspace=request.workspace)
    return get_object_or_404(rows, pk=pk, deleted_at=None)


@require_GET
@reader
def automation_edit(request: MemberRequest, pk: int) -> HttpResponse:
    automation = alive(request, pk)
    asked = request.GET.get("open", "").replace("\0", "")
    side = sides.side_of(automation, asked) if request.membership.may_edit else Side("overview")
    response = draw(request, automation, side)
    if wants_part(request):
        return focused(response, "side-title" if side.open else _opener(request, automation))
    return response


def _opener(request: MemberRequest, automation: Automation) -> str:
    """The id of what had opened the side that was closed now: it gets the keyboard back."""
    before = parse_qs(request.headers.get("HX-Current-URL", "").partition("?")[2]).get("open", [""])[0]
    if flow.find(automation.draft, before):
        return f"step-{before}"
    if any(before == path["id"] for step in flow.walk(automation.draft["steps"]) for path in step.get("paths", ())):
        return f"path-{before}"
    return {"name": "rename", "on": "switch"}.get(before, before)


def draw(request: MemberRequest, automation: Automation, side: Side, *, status: int = 200) -> HttpResponse:
    context = {
        "automation": automation,
        "flow": drawing.draw(automation),
        "side": side,
        "numbers": listing.numbers_of(automation),
        "stuck": listing.stuck_of(automation),
        "parked": listing.parked_of(automation),
        **side.context,
    }
    name = "_builder.html" if wants_part(request) else "automation_edit.html"
    return render(request, f"campaigns/automations/{name}", context, status=status)


def shown(request: MemberRequest, automation: Automation, open: str = "", *, focus: str = "") -> HttpResponse:
    """After a change: the builder as it is now, with that open, at the address that says so."""
    if not wants_part(request):
        return redirect(place_url(request, automation, open))
    fresh = alive(request, automation.pk)
    response = draw(request, fresh, sides.side_of(fresh, open))
    response["HX-Replace-Url"] = place_url(request, fresh, open)
    return focused(response, focus) if focus else response


class Refused(Exception):
    """The draft was not saved: `answer` says so."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def change(request: MemberRequest, automation: Automation, do: Change, *, side: Side | None = None) -> Any:
    """Does it to the draft and saves it; returns what `do` returned. `side` has the form that faults are told on.

    Raises Refused with the answer where the flow has changed meanwhile, or would not hold."""
    draft = copy.deepcopy(automation.draft)
    try:
        told = do(draft)
        revision = whole(request.POST.get("revision"))
        switching.save(automation, draft, revision=revision, now=timezone.now())
    except NoSuchPlace:
        toast(request, _("This step is not there any more. Here is how it is now."))
        raise Refused(shown(request, automation)) from None
    except ValidationError as error:
        raise Refused(_refusal(request, automation, draft, error, side)) from None
    return told


def _refusal(
    request: MemberRequest, automation: Automation, draft: Said, error: ValidationError, side: Side | None
) -> HttpResponse:
    faults = {} if getattr(error, "code", "") == "stale" else faults_of(error)
    form = side.context.get("form") if side else None
    own = _own(draft, faults, side.open) if side else {}
    if form is None or not own:
        toast(request, _words(draft, faults) if faults else error.messages[0])
        return shown(request, automation, side.open if side else "")
    form.take(own)
    assert side is not None
    return draw(request, automation, side, status=422)


def _own(draft: Said, faults: dict[str, list[str]], open: str) -> dict[str, list[str]]:
    """The faults of what is open, by the name of the setting."""
    found = {}
    for path, words in faults.items():
        thing, name = _thing_at(draft, path)
        if thing == open or (path.startswith("triggers.") and open.startswith("trigger-")):
            found[name] = words
    return found


def _thing_at(draft: Said, path: str) -> tuple[str, str]:
    """(id of the innermost step that a fault's path goes through, the rest of the path)."""
    node: Any = draft
    keys, thing, rest = path.split("."), "", path.rpartition(".")[2]
    for place, key in enumerate(keys):
        number = whole(key)
        node = node[number] if isinstance(node, list) and number is not None else node.get(key)
        if isinstance(node, dict) and "type" in node:
            thing, rest = node["id"], ".".join(keys[place + 1 :])
        if not isinstance(node, dict | list):
            break
    return thing, rest.partition(".")[0]


def _words(draft: Said, faults: dict[str, list[str]]) -> str:
    """A fault somewhere else in the flow, with the step where it is."""
    path, messages = next(iter(faults.items()))
    step = flow.find(draft, _thing_at(draft, path)[0])
    return f"{drawing.base.get(step['type']).label}: {messages[0]}" if step else messages[0]
