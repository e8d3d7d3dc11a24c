"""Signing in, and getting a new password, in both languages."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from crm.models import User
from tests.crm.factories import PASSWORD

pytestmark = pytest.mark.django_db
RESET = "/password/"


@pytest.mark.parametrize("language", ["he", "en"])
def test_the_sign_in_page_speaks_the_visitors_language(client: Client, language: str) -> None:
    client.cookies["django_language"] = language
    page = client.get("/login/").content.decode()
    with translation.override(language):
        assert translation.gettext("Sign in") in page
    assert f'<html lang="{language}"' in page


def test_a_wrong_password_is_said_beside_the_form_and_signs_nobody_in(client: Client, owner: User) -> None:
    answer = client.post("/login/", {"login": owner.email, "password": "not-this-one"})
    assert 'role="alert"' in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_signing_in_needs_no_message(client: Client, owner: User) -> None:
    answer = client.post("/login/", {"login": owner.email, "password": PASSWORD}, follow=True)
    assert answer.context["user"] == owner
    assert list(answer.context["messages"]) == []


def test_guessing_passwords_is_stopped_and_the_form_says_so(client: Client, owner: User) -> None:
    client.cookies["django_language"] = "en"
    for _try in range(6):
        answer = client.post("/login/", {"login": owner.email, "password": "not-this-one"})
    assert "Too many failed login attempts" in answer.content.decode()
    client.post("/login/", {"login": owner.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_behind_a_proxy_one_guesser_does_not_lock_others_out(client: Client, settings: Settings, owner: User) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(12):
        guess = {"login": f"nobody{number}@example.test", "password": "x"}
        client.post("/login/", guess, headers={"X-Forwarded-For": "203.0.113.9"})
    details = {"login": owner.email, "password": PASSWORD}
    client.post("/login/", details, headers={"X-Forwarded-For": "203.0.113.10"})
    assert "_auth_user_id" in client.session


def test_asking_too_often_is_told_in_the_houses_own_page(client: Client) -> None:
    client.cookies["django_language"] = "en"
    answers = [client.post(RESET, {"email": f"nobody{number}@example.test"}) for number in range(21)]
    assert answers[-1].status_code == 429
    assert "wait a few minutes" in answers[-1].content.decode()


def test_operators_come_in_by_the_same_door_with_the_same_limits(client: Client) -> None:
    answer = client.get("/operators/login/?next=/operators/")
    assert answer["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("address", ["owner@example.test", "nobody@example.test"])
def test_asking_for_a_password_does_not_tell_who_has_an_account(client: Client, owner: User, address: str) -> None:
    answer = client.post(RESET, {"email": address})
    assert (answer.status_code, answer["Location"]) == (302, "/password/sent/")
    assert len(mail.outbox) == 1


def test_the_mailed_link_leads_to_a_new_password(client: Client, owner: User) -> None:
    client.cookies["django_language"] = "he"
    client.post(RESET, {"email": owner.email})
    assert mail.outbox[0].subject == "סיסמה חדשה למשפך"
    link = re.search(r"https?://[^/\s]+(/password/\S+)", mail.outbox[0].body)
    assert link
    form = client.get(link[1], follow=True)
    done = client.post(form.request["PATH_INFO"], {"password1": "foam-and-glow-7", "password2": "foam-and-glow-7"})
    assert done.status_code == 302
    owner.refresh_from_db()
    assert owner.check_password("foam-and-glow-7")


def test_a_used_or_broken_link_says_so(client: Client) -> None:
    page = client.get("/password/1-nonsense/").content.decode()
    with translation.override("he"):
        assert translation.gettext("This link no longer works") in page
