from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from crm.models import ApiKey, CustomField, User, Workspace
from tests.crm.factories import PASSWORD, MembershipFactory, UserFactory


@pytest.mark.django_db
def test_the_first_person_opens_the_installation_and_nobody_after_them() -> None:
    browser = Client()
    assert browser.get("/").headers["Location"] == "/setup/"
    details = {
        "business": "קצף וזוהר",
        "name": "מאיה",
        "email": "Maya@Example.test",
        "password": "a-long-enough-phrase",
        "language": "he",
    }
    answer = browser.post("/setup/", details)
    workspace = Workspace.objects.get()
    assert answer.headers["Location"] == f"/w/{workspace.slug}/"
    assert browser.get(f"/w/{workspace.slug}/").status_code == 200
    assert CustomField.objects.filter(workspace=workspace, key="gender").exists()
    assert User.objects.get().email == "maya@example.test"
    assert Client().get("/setup/").status_code == 404


def test_signing_in_leads_to_the_business_one_worked_in_last(owner: User) -> None:
    second = MembershipFactory(user=owner, workspace__slug="second").workspace
    browser = Client()
    browser.post("/login/", {"login": owner.email, "password": PASSWORD})
    browser.get(f"/w/{second.slug}/")
    assert browser.get("/").headers["Location"] == "/w/second/"


def test_a_wrong_password_is_told_and_opens_nothing(owner: User) -> None:
    browser = Client()
    answer = browser.post("/login/", {"login": owner.email, "password": "wrong"})
    assert answer.context["form"].errors
    assert browser.get("/w/foam/").status_code == 302


def test_a_stranger_to_the_business_is_not_told_that_it_exists(
    workspace: Workspace, client_as: Callable[[User], Client]
) -> None:
    assert client_as(UserFactory()).get("/w/foam/").status_code == 404
    assert client_as(UserFactory()).get("/w/no-such-business/").status_code == 404


def test_language_and_appearance_follow_the_user(owner_client: Client, owner: User) -> None:
    assert 'lang="he" dir="rtl"' in owner_client.get("/w/foam/").content.decode()
    owner_client.post("/preferences/", {"language": "en", "theme": "dark"})
    page = owner_client.get("/w/foam/").content.decode()
    assert 'lang="en" dir="ltr"' in page
    assert 'data-bs-theme="dark"' in page
    owner_client.post("/preferences/", {"language": "xx"})
    owner.refresh_from_db()
    assert owner.language == "en"


def test_preferences_lead_back_only_to_this_site(owner_client: Client) -> None:
    answer = owner_client.post("/preferences/", {"language": "en", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_a_key_is_shown_once_and_kept_as_a_hash(owner_client: Client, workspace: Workspace) -> None:
    answer = owner_client.post("/w/foam/settings/keys/", {"name": "site", "scopes": ["read"]})
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert secret not in owner_client.get("/w/foam/settings/keys/").content.decode()
    key = ApiKey.objects.get()
    assert secret not in f"{key.secret_hash} {key.prefix}"
    assert ApiKey.find(secret) == key
    owner_client.post(f"/w/foam/settings/keys/{key.pk}/revoke/")
    assert ApiKey.find(secret) is None


@pytest.mark.parametrize("color", ["#F4B740", "red", "#12345", "url(x)"])
def test_a_brand_colour_that_white_words_cannot_stand_on_is_refused(
    color: str, owner_client: Client, workspace: Workspace
) -> None:
    details = {"name": "x", "language": "he", "time_zone": "Asia/Jerusalem", "phone": "", "brand_color": color}
    answer = owner_client.post("/w/foam/settings/", details)
    assert answer.status_code == 422
    assert "brand_color" in answer.context["form"].errors
    workspace.refresh_from_db()
    assert workspace.brand_color == "#0B5F70"


def test_line_breaks_in_a_name_are_refused_because_it_stands_in_headers(
    owner_client: Client, workspace: Workspace
) -> None:
    answer = owner_client.post("/businesses/new/", {"name": "a\nBcc: x@example.test", "language": "he"})
    assert answer.context["form"].errors["name"]
    details = {"name": "a\nb", "language": "he", "time_zone": "Asia/Jerusalem", "brand_color": "#0B5F70"}
    assert owner_client.post("/w/foam/settings/", details).status_code == 422


def test_line_breaks_in_a_sender_are_refused(owner_client: Client, workspace: Workspace) -> None:
    details = {"sender_name": "a\r\nBcc: x@y.test", "sender_email": "a@b.test", "reply_to": "", "postal_address": "x"}
    assert owner_client.post("/w/foam/settings/sender/", details).status_code == 422
    workspace.refresh_from_db()
    assert "Bcc" not in workspace.sender_name


def test_public_routes_answer_only_on_the_public_origin(settings: Settings, db: None) -> None:
    from config.middleware import public_origin  # the middleware reads the settings when it is built

    settings.SITE_URL, settings.PUBLIC_URL = "https://crm.example.test", "https://go.example.test"
    settings.ALLOWED_HOSTS = ["crm.example.test", "go.example.test"]
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory

    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse("here")

    handler, make = public_origin(answer), RequestFactory()
    for host, path, status in [
        ("crm.example.test", "/login/", 200),
        ("crm.example.test", "/p/foam/x/", 404),
        ("go.example.test", "/p/foam/x/", 200),
        ("go.example.test", "/w/foam/", 404),
        ("go.example.test", "/operators/", 404),
        ("go.example.test", "/static/css/app.css", 200),
    ]:
        assert handler(make.get(path, headers={"host": host})).status_code == status
