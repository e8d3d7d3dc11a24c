"""Two cookies: one for half an hour of greeting, one for knowing a browser again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory

from crm.visitors import cookies
from tests.crm.factories import ContactFactory, VisitorFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def opened(contact, **session):
    response = HttpResponse()
    cookies.open_session(response, contact.workspace, contact.pk, **session)
    return response


def carrying(response):
    request = RequestFactory().get("/p/foam/friend/")
    request.COOKIES = {name: morsel.value for name, morsel in response.cookies.items()}
    return request


def test_a_page_session_greets_for_half_an_hour(workspace):
    contact = ContactFactory(workspace=workspace)
    with time_machine.travel("2026-11-21 10:00+02:00", tick=False) as clock:
        request = carrying(opened(contact, delivery_id=9))
        assert cookies.session_contact(request, workspace) == contact
        assert cookies.session_of(request, workspace).delivery_id == 9
        clock.shift(timedelta(minutes=31))
        assert cookies.session_contact(request, workspace) is None


def test_the_page_cookie_is_closed_to_scripts_and_goes_to_that_business_only(workspace):
    cookie = opened(ContactFactory(workspace=workspace)).cookies[cookies.PAGE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
        True,
        "Lax",
        "/p/foam/",
        1800,
    )


def test_another_business_a_binned_contact_or_a_forged_cookie_greets_nobody(workspace):
    contact = ContactFactory(workspace=workspace)
    request = carrying(opened(contact))
    assert cookies.session_contact(request, WorkspaceFactory()) is None
    request.COOKIES[cookies.PAGE] = request.COOKIES[cookies.PAGE][:-2] + "AA"
    assert cookies.session_contact(request, workspace) is None
    binned = ContactFactory(workspace=workspace, binned=True)
    assert cookies.session_contact(carrying(opened(binned)), workspace) is None


def test_not_you_forgets_at_once(workspace):
    response = opened(ContactFactory(workspace=workspace))
    cookies.close_session(response, workspace)
    assert response.cookies[cookies.PAGE].value == ""


@pytest.mark.parametrize("value", ["", "x", "A" * 100, "א"])
def test_nonsense_in_the_cookies_is_a_stranger(workspace, value):
    request = RequestFactory().get("/")
    request.COOKIES = {cookies.PAGE: value, cookies.cookie_name(workspace): value}
    assert cookies.session_contact(request, workspace) is None
    assert cookies.visitor_of(request, workspace) is None


def test_a_visitor_is_known_again_for_thirteen_months(workspace):
    visitor = VisitorFactory(workspace=workspace)
    response = HttpResponse()
    cookies.remember(response, visitor)
    cookie = response.cookies[cookies.cookie_name(workspace)]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 396 * 86400)
    assert cookies.visitor_of(carrying(response), workspace) == visitor
    cookies.forget(response, workspace)
    assert response.cookies[cookies.cookie_name(workspace)].value == ""
