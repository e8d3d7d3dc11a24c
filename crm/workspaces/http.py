"""The gates. Every members' view is behind one of `reader`, `editor`, `owner`; each finds the workspace or answers 404.

    @editor
    def contact_create(request: MemberRequest) -> HttpResponse: ...

A view takes `workspace` from its URL; the gate replaces it by `request.workspace` and `request.membership`, so a view's own
arguments are only its own. Strangers to the business get 404, so that its existence is not told; a member without the role
gets 403; someone not signed in goes to the sign-in page.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from crm.workspaces.models import Membership, Role, User, Workspace

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request that passed a gate."""

    user: User  # type: ignore[assignment]
    htmx: HtmxDetails
    workspace: Workspace
    membership: Membership


View = Callable[Concatenate[MemberRequest, P], HttpResponseBase]


def _gate(*roles: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def gated(request: MemberRequest, *, workspace: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            enter(request, workspace)
            if request.membership.role not in roles:
                raise PermissionDenied
            with timezone.override(request.workspace.zone):
                return view(request, **kwargs)  # type: ignore[call-arg]

        gated.gate_roles = roles  # type: ignore[attr-defined]
        return gated

    return decorate


def enter(request: MemberRequest, slug: str) -> None:
    """Sets `request.workspace` and `request.membership`, or answers 404."""
    memberships = Membership.objects.select_related("workspace")
    membership = memberships.filter(user_id=request.user.pk, workspace__slug=slug).first()
    if membership is None:
        raise Http404
    request.membership, request.workspace = membership, membership.workspace


reader = _gate(Role.OWNER, Role.EDITOR, Role.ANALYST)
editor = _gate(Role.OWNER, Role.EDITOR)
owner = _gate(Role.OWNER)


def client_ip(request: HttpRequest) -> str:
    """The address of the client; behind a trusted proxy, the last one it forwarded. "" where there is none, or nonsense."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.TRUSTED_PROXY_COUNT else ""
    address = forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def wants_part(request: HttpRequest) -> bool:
    """Asked by htmx for a part of a page. A boosted link and a step back in history want the page."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def whole(text: str | None) -> int | None:
    """A number as addresses and forms carry ids: ASCII digits, few enough for the database; else None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def no_content(**headers: str) -> HttpResponse:
    return HttpResponse(status=204, headers=headers)
