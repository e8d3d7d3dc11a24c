"""The bar shows what exists and what the role may reach, in the reader's language, and costs few queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory, override_settings
from django.urls import resolve, reverse
from django.utils import translation

from config import navigation
from crm.models import Membership, User, Workspace
from tests.crm.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def frame_of(workspace: Workspace, user: User, view_name: str = "workspaces:home") -> navigation.Frame:
    path = reverse(view_name, kwargs={"workspace": workspace.slug})
    request: Any = RequestFactory().get(path)
    request.user, request.workspace = user, workspace
    request.membership = Membership.objects.get(user=user, workspace=workspace)
    request.resolver_match = resolve(path)
    return navigation.Frame(request)


def test_an_entry_whose_room_is_not_there_is_not_shown(
    workspace: Workspace, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = navigation.Entry("Rockets", "rockets:rocket_list", "rocket")
    monkeypatch.setattr(navigation, "NAVIGATION", (absent, *navigation.NAVIGATION))
    labels = [str(link.label) for link in frame_of(workspace, owner).navigation]
    assert "Rockets" not in labels
    assert labels[0] == str(navigation.NAVIGATION[1].label)


def test_only_the_entry_that_is_open_is_open(workspace: Workspace, owner: User) -> None:
    frame = frame_of(workspace, owner, "workspaces:member_list")
    assert frame.settings is not None
    assert frame.settings.is_open
    assert [link.is_open for link in frame.settings.second].count(True) == 1
    assert not any(link.is_open for link in frame.navigation)


def test_who_may_only_look_has_nothing_to_create(workspace: Workspace, analyst: User) -> None:
    assert frame_of(workspace, analyst).create == []


def test_settings_are_for_who_manages(workspace: Workspace, owner: User, editor_user: User, analyst: User) -> None:
    keys = reverse("workspaces:api_key_list", kwargs={"workspace": workspace.slug})
    settings = frame_of(workspace, owner).settings
    assert settings is not None
    assert keys in [link.url for link in settings.second]
    assert frame_of(workspace, owner).sender_url
    for user in (editor_user, analyst):
        assert frame_of(workspace, user).settings is None
        assert frame_of(workspace, user).sender_url == ""


def test_the_outbox_counts_only_what_it_shows(workspace: Workspace, owner: User, editor_user: User) -> None:
    for owners_only in (True, False):
        workspace.outbox.create(mail_from="a@example.test", rcpt_to="b@example.test", owners_only=owners_only)
    assert frame_of(workspace, owner).outbox_count == 2
    assert frame_of(workspace, editor_user).outbox_count == 1


def test_the_switcher_names_my_other_businesses_only(workspace: Workspace, owner: User) -> None:
    mine = MembershipFactory(user=owner).workspace
    MembershipFactory()
    assert frame_of(workspace, owner).other_workspaces == [mine]


def test_asking_for_nothing_costs_nothing(workspace: Workspace, owner: User, django_assert_num_queries: Any) -> None:
    frame = frame_of(workspace, owner)
    with django_assert_num_queries(0):
        assert frame.navigation
        assert frame.create is not None
        assert frame.theme == ""


@override_settings(EMAIL_URL="")
def test_the_trial_banner_is_on_every_screen_until_a_sender_is_connected(
    owner_client: Client, workspace: Workspace
) -> None:
    address = reverse("workspaces:settings", kwargs={"workspace": workspace.slug})
    assert "m-banner" in owner_client.get(address).content.decode()
    with override_settings(EMAIL_URL="smtp://localhost:2525"):
        assert "m-banner" not in owner_client.get(address).content.decode()


@pytest.mark.parametrize(
    ("language", "direction", "sheet"), [("he", "rtl", "tabler.rtl.min.css"), ("en", "ltr", "tabler.min.css")]
)
def test_the_page_has_the_direction_and_sheet_of_its_language(
    client_as: Callable[[User], Client], owner: User, workspace: Workspace, language: str, direction: str, sheet: str
) -> None:
    User.objects.filter(pk=owner.pk).update(language=language, theme="dark")
    page = client_as(owner).get(reverse("workspaces:settings", kwargs={"workspace": workspace.slug})).content.decode()
    assert f'<html lang="{language}" dir="{direction}" data-bs-theme="dark">' in page
    assert f"/{sheet}" in page


def test_pages_carry_nothing_that_the_policy_blocks(owner_client: Client, workspace: Workspace) -> None:
    page = owner_client.get(reverse("workspaces:settings", kwargs={"workspace": workspace.slug})).content.decode()
    assert not re.findall(r'\sstyle="|\son\w+="', page)
    assert not re.findall(r"<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize("language", ["he", "en"])
def test_a_missing_page_says_so_in_the_readers_language(client: Client, language: str) -> None:
    client.cookies["django_language"] = language
    answer = client.get("/nowhere/at/all/")
    assert answer.status_code == 404
    with translation.override(language):
        assert translation.gettext("Nothing is here") in answer.content.decode()
