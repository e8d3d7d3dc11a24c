"""Home and settings of a business."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.workspaces import home as home_screen
from crm.workspaces import inviting
from crm.workspaces.auditing import audit
from crm.workspaces.forms import ApiKeyForm, InvitationForm, SenderForm, WorkspaceForm
from crm.workspaces.http import MemberRequest, owner, reader, wants_part
from crm.workspaces.models import ApiKey, Role
from crm.workspaces.signing import call_secret
from crm.workspaces.toasts import toast


@reader
@require_GET
def home(request: MemberRequest) -> HttpResponse:
    request.session["workspace"] = request.workspace.slug
    steps = home_screen.checklist(request.workspace)
    context = {
        "matters": home_screen.matters(request),
        "main_parts": home_screen.parts(request, "main"),
        "side_parts": home_screen.parts(request, "side"),
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
        "next_step": next((step for step in steps if not step.done), None),
        "now": timezone.localtime(),
    }
    return render(request, "crm/workspaces/home.html", context)


@owner
def settings(request: MemberRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST or None, instance=request.workspace)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            audit(request, "workspace.changed", changed=form.changed_data)
        toast(request, _("The details were saved."))
        return redirect("workspaces:settings", workspace=request.workspace.slug)
    return render(request, "crm/workspaces/settings.html", {"form": form}, status=422 if form.errors else 200)


@owner
def sender(request: MemberRequest) -> HttpResponse:
    form = SenderForm(request.POST or None, instance=request.workspace)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            audit(request, "sender.changed", changed=form.changed_data)
        toast(request, _("The sender was saved."))
        return redirect("workspaces:sender", workspace=request.workspace.slug)
    return render(request, "crm/workspaces/sender.html", {"form": form}, status=422 if form.errors else 200)


@owner
def member_list(request: MemberRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None, initial={"role": Role.EDITOR})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                invitation = inviting.invite(request.workspace, by=request.user, **form.cleaned_data)
                audit(request, "member.invited", subject=invitation.email, role=invitation.role)
        except ValidationError as error:
            form.add_error(None, error) if not hasattr(error, "error_dict") else form.add_error("email", error.messages)
        else:
            toast(request, _("The invitation is on its way to %(email)s.") % {"email": invitation.email})
            return redirect("workspaces:member_list", workspace=request.workspace.slug)
    context = {
        "form": form,
        "roles": Role.choices,
        "members": request.workspace.memberships.select_related("user").order_by("created_at"),
        "invitations": [one for one in request.workspace.invitations.filter(accepted_at=None) if one.is_open],
    }
    return render(request, "crm/workspaces/member_list.html", context, status=422 if form.errors else 200)


@owner
@require_POST
def member_role(request: MemberRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(request.workspace.memberships.select_related("user"), pk=pk)
    role = request.POST.get("role", "")
    try:
        if role not in Role.values:
            raise ValidationError(_("This permission is not known."))
        with transaction.atomic():
            inviting.change_role(membership, role)
            audit(request, "member.role", subject=membership.user.email, role=role)
    except ValidationError as error:
        toast(request, " ".join(error.messages))
    else:
        toast(request, _("The permission was changed."))
    return redirect("workspaces:member_list", workspace=request.workspace.slug)


@owner
@require_POST
def member_remove(request: MemberRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(request.workspace.memberships.select_related("user"), pk=pk)
    try:
        with transaction.atomic():
            audit(request, "member.removed", subject=membership.user.email)
            inviting.remove(membership)
    except ValidationError as error:
        toast(request, " ".join(error.messages))
    else:
        toast(request, _("The user no longer works in this business."))
    return redirect("workspaces:member_list", workspace=request.workspace.slug)


@owner
@require_POST
def invitation_revoke(request: MemberRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(request.workspace.invitations.filter(accepted_at=None), pk=pk)
    with transaction.atomic():
        audit(request, "member.invitation_revoked", subject=invitation.email)
        invitation.delete()
    toast(request, _("The invitation was withdrawn; its link no longer works."))
    return redirect("workspaces:member_list", workspace=request.workspace.slug)


@owner
def api_key_list(request: MemberRequest) -> HttpResponse:
    """A new key's secret is drawn once, on the answer to the form that made it."""
    form = ApiKeyForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            key, secret = ApiKey.make(request.workspace, by=request.user, **form.cleaned_data)
            audit(request, "api_key.created", subject=key, scopes=key.scopes)
        form = ApiKeyForm()
    context = {"form": form, "secret": secret, "keys": request.workspace.api_keys.filter(revoked_at=None)}
    context["call_secret"] = call_secret(request.workspace.pk)
    return render(request, "crm/workspaces/api_key_list.html", context, status=422 if form.errors else 200)


@owner
@require_POST
def api_key_revoke(request: MemberRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(request.workspace.api_keys.filter(revoked_at=None), pk=pk)
    with transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
        audit(request, "api_key.revoked", subject=key)
    toast(request, _("The key was revoked. Whoever used it gets an error from now on."))
    return redirect("workspaces:api_key_list", workspace=request.workspace.slug)


@owner
@require_GET
def audit_list(request: MemberRequest) -> HttpResponse:
    entries = request.workspace.audit_entries.select_related("user", "api_key")
    page = Paginator(entries, 50).get_page(request.GET.get("page"))
    template = "_audit_results.html" if wants_part(request) else "audit_list.html"
    return render(request, f"crm/workspaces/{template}", {"page": page})
