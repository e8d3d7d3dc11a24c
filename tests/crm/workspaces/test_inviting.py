from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from crm.models import AuditEntry, Invitation, Membership, User, Workspace
from crm.workspaces.models import Role
from tests.crm.factories import MembershipFactory, UserFactory

USERS = "/w/foam/settings/users/"


@pytest.fixture
def invite(
    owner_client: Client, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Callable[..., str]:
    """Invites by the screen and returns the path in the mail that went out."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def send(email: str = "noa@example.test", role: str = Role.EDITOR) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            answer = owner_client.post(USERS, {"email": email, "role": role})
        assert answer.status_code == 302
        found = re.search(r"http\S+(/invitations/\S+/)", str(mail.outbox[-1].body))
        assert found is not None
        return found[1]

    return send


def test_a_colleague_without_an_account_joins_by_the_link(invite: Callable[..., str], workspace: Workspace) -> None:
    path, browser = invite(), Client()
    assert workspace.name in browser.get(path).content.decode()
    answer = browser.post(path, {"name": "נועה", "password": "a-long-enough-phrase"})
    assert answer.headers["Location"] == "/w/foam/"
    membership = Membership.objects.get(user__email="noa@example.test")
    assert (membership.workspace, membership.role) == (workspace, Role.EDITOR)
    assert browser.get("/w/foam/").status_code == 200


def test_a_colleague_with_an_account_signs_in_and_joins(
    invite: Callable[..., str], client_as: Callable[[User], Client]
) -> None:
    user = UserFactory(email="noa@example.test")
    path = invite()
    assert Client().get(path).headers["Location"].startswith("/login/")
    assert client_as(user).post(path).headers["Location"] == "/w/foam/"
    assert Membership.objects.get(user=user).role == Role.EDITOR


def test_the_link_is_for_one_person_once_and_for_a_week(
    invite: Callable[..., str], client_as: Callable[[User], Client]
) -> None:
    path = invite()
    assert client_as(UserFactory(email="thief@example.test")).post(path).status_code == 403
    browser = Client()
    browser.post(path, {"name": "נועה", "password": "a-long-enough-phrase"})
    assert Client().get(path).status_code == 404
    late = invite(email="late@example.test")
    Invitation.objects.filter(email="late@example.test").update(
        created_at=Invitation.objects.get(email="late@example.test").created_at - timedelta(days=8)
    )
    assert Client().get(late).status_code == 404


def test_a_withdrawn_invitation_opens_nothing(invite: Callable[..., str], owner_client: Client) -> None:
    path = invite()
    owner_client.post(f"/w/foam/settings/invitations/{Invitation.objects.get().pk}/revoke/")
    assert Client().get(path).status_code == 404
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == [
        "member.invited",
        "member.invitation_revoked",
    ]


def test_a_weak_password_is_told_and_makes_nobody(invite: Callable[..., str]) -> None:
    answer = Client().post(invite(), {"name": "נועה", "password": "123"})
    assert "password" in answer.context["form"].errors
    assert not User.objects.filter(email="noa@example.test").exists()


def test_someone_who_works_here_is_not_invited_twice(owner_client: Client, editor_user: User) -> None:
    answer = owner_client.post(USERS, {"email": editor_user.email, "role": Role.OWNER})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_a_business_keeps_someone_who_may_manage_it(owner_client: Client, owner: User, workspace: Workspace) -> None:
    own = workspace.memberships.get(user=owner)
    owner_client.post(f"{USERS}{own.pk}/role/", {"role": Role.ANALYST})
    owner_client.post(f"{USERS}{own.pk}/remove/")
    own.refresh_from_db()
    assert own.role == Role.OWNER
    second = MembershipFactory(workspace=workspace)
    owner_client.post(f"{USERS}{own.pk}/role/", {"role": Role.ANALYST})
    own.refresh_from_db()
    assert own.role == Role.ANALYST
    assert second.role == Role.OWNER


@pytest.mark.parametrize(
    "path", ["settings/", "settings/sender/", "settings/users/", "settings/keys/", "settings/log/"]
)
def test_only_managers_enter_the_settings(
    path: str, editor_user: User, analyst: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(editor_user).get(f"/w/foam/{path}").status_code == 403
    assert client_as(analyst).get(f"/w/foam/{path}").status_code == 403
    assert client_as(UserFactory()).get(f"/w/foam/{path}").status_code == 404
