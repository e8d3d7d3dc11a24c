"""Inviting colleagues: a link by mail, good for a week, for one person, once."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.workspaces.models import Invitation, Membership, Role, User, Workspace, hash_secret


@transaction.atomic
def invite(workspace: Workspace, *, email: str, role: str, by: User) -> Invitation:
    """Makes the invitation and mails its link after commit; an open one for the same address is replaced.

    Raises ValidationError when the person is a member already.
    """
    email = email.strip().lower()
    if workspace.memberships.filter(user__email=email).exists():
        raise ValidationError({"email": _("This person already works in the business.")})
    workspace.invitations.filter(email=email, accepted_at=None).delete()
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        workspace=workspace, email=email, role=role, invited_by=by, token_hash=hash_secret(token)
    )
    transaction.on_commit(lambda: _mail(invitation, token))
    return invitation


def _mail(invitation: Invitation, token: str) -> None:
    workspace = invitation.workspace
    with translation.override(workspace.language):
        link = settings.SITE_URL + reverse("accept_invitation", args=[token])
        EmailMessage(
            subject=_("%(business)s: an invitation to work together") % {"business": workspace.name},
            body=_(
                "%(inviter)s invites you to work with %(business)s in Mashpech.\n\n"
                "To join, open this link within seven days:\n%(link)s\n\n"
                "If you do not know them, there is nothing to do: without the link nothing happens."
            )
            % {"inviter": invitation.invited_by, "business": workspace.name, "link": link},
            to=[invitation.email],
            headers={"X-Mashpech-Workspace": workspace.slug},  # crm.outbox.backend: whose outbox keeps it
        ).send()


def find(token: str) -> Invitation | None:
    """The open invitation of this token."""
    invitation = Invitation.objects.select_related("workspace").filter(token_hash=hash_secret(token)).first()
    return invitation if invitation and invitation.is_open else None


@transaction.atomic
def accept(invitation: Invitation, *, user: User) -> Membership | None:
    """Joins `user` with the role that was offered; a membership that stands is left as it is. None where the invitation was
    withdrawn or used meanwhile."""
    return _join(invitation, user) if _is_mine_to_use(invitation) else None


@transaction.atomic
def accept_as_new(invitation: Invitation, *, name: str, password: str) -> Membership | None:
    """The same, opening an account for the address that was invited."""
    if not _is_mine_to_use(invitation):
        return None
    language = invitation.workspace.language
    return _join(invitation, User.objects.create_user(invitation.email, password, name=name, language=language))


def _is_mine_to_use(invitation: Invitation) -> bool:
    """Locks it: of two who open a link at once, the second finds it used."""
    locked = Invitation.objects.select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    return locked is not None and locked.is_open


def _join(invitation: Invitation, user: User) -> Membership:
    membership, _made = Membership.objects.get_or_create(
        workspace=invitation.workspace, user=user, defaults={"role": invitation.role}
    )
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now())
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str) -> None:
    """Raises ValidationError where the business would be left without anyone who may manage it."""
    if role != Role.OWNER:
        _keep_an_owner(membership)
    Membership.objects.filter(pk=membership.pk).update(role=role)


@transaction.atomic
def remove(membership: Membership) -> None:
    _keep_an_owner(membership)
    membership.delete()


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.select_for_update().filter(workspace_id=membership.workspace_id, role=Role.OWNER)
    if not [one for one in owners if one.pk != membership.pk]:
        raise ValidationError(_("The business needs at least one user with management permission."))
