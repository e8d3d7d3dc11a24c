"""The doors before a business: first run, choosing a business, joining by invitation, language and appearance."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from crm.workspaces import founding, inviting
from crm.workspaces.forms import BusinessForm, JoinForm, PreferencesForm, SetupForm
from crm.workspaces.http import MemberRequest
from crm.workspaces.models import Invitation, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def start(request: HttpRequest) -> HttpResponse:
    """`/`: to the business one worked in last, or the only one; to first run on an empty installation."""
    if not request.user.is_authenticated:
        return redirect("account_login" if User.objects.exists() else "setup")
    memberships = request.user.memberships.select_related("workspace").order_by("workspace__name")
    slugs = [membership.workspace.slug for membership in memberships]
    if not slugs:
        return redirect("business_create")
    last = request.session.get("workspace")
    return redirect("workspaces:home", workspace=last if last in slugs else slugs[0])


def setup(request: HttpRequest) -> HttpResponse:
    """Opens only while there is no user at all."""
    if User.objects.exists():
        raise Http404
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        opened = founding.open_installation(**form.cleaned_data)
        if opened is None:
            raise Http404
        user, workspace = opened
        login(request, user, backend=BACKEND)
        return redirect("workspaces:home", workspace=workspace.slug)
    return render(request, "crm/workspaces/setup.html", {"form": form})


@login_required
def business_create(request: MemberRequest) -> HttpResponse:
    form = BusinessForm(request.POST or None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        workspace = founding.found(request.user, name=data["name"], language=data["language"])
        return redirect("workspaces:home", workspace=workspace.slug)
    return render(request, "crm/workspaces/business_create.html", {"form": form})


def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows who invites; POST joins: as the one signed in, or by opening an account for the invited address."""
    invitation = inviting.find(token)
    if invitation is None:
        return _gone(request)
    if request.user.is_authenticated:
        return _join_signed_in(request, invitation)
    if User.objects.filter(email=invitation.email).exists():
        return redirect(f"{reverse('account_login')}?next={request.path}")
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _join_new(request, invitation, form)
    return render(request, "crm/workspaces/invitation.html", {"invitation": invitation, "form": form})


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "crm/workspaces/invitation_gone.html", status=404)


def _join_signed_in(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    user = request.user
    if not isinstance(user, User) or user.email != invitation.email:
        return render(request, "crm/workspaces/invitation_other.html", {"invitation": invitation}, status=403)
    if request.method != "POST":
        return render(request, "crm/workspaces/invitation.html", {"invitation": invitation, "form": None})
    if inviting.accept(invitation, user=user) is None:
        return _gone(request)
    return redirect("workspaces:home", workspace=invitation.workspace.slug)


def _join_new(request: HttpRequest, invitation: Invitation, form: JoinForm) -> HttpResponse:
    membership = inviting.accept_as_new(invitation, **form.cleaned_data)
    if membership is None:
        return _gone(request)
    login(request, membership.user, backend=BACKEND)
    return redirect("workspaces:home", workspace=invitation.workspace.slug)


@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Language and appearance: kept on the user, or in a cookie before signing in; then back to where one was."""
    form = PreferencesForm(request.POST)
    back = request.POST.get("next") or request.headers.get("Referer", "")
    allowed = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if allowed else "start")
    if not form.is_valid():
        return response
    chosen = {name: form.cleaned_data[name] for name in form.cleaned_data if name in request.POST}
    if isinstance(request.user, User) and chosen:
        User.objects.filter(pk=request.user.pk).update(**chosen)
    elif chosen.get("language"):
        response.set_cookie("django_language", chosen["language"], max_age=31_536_000, samesite="Lax")
    return response
