"""Whose browser this is: never two people's at once."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from crm.timeline.models import Event
from crm.visitors import cookies, identifying
from crm.visitors.models import IdentityEdge, Visitor
from tests.crm.factories import ConsentFactory, ContactFactory, IdentityEdgeFactory, VisitorFactory

pytestmark = pytest.mark.django_db
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"


@pytest.fixture
def dana(workspace):
    return ConsentFactory(contact__workspace=workspace, channel="tracking").contact


@pytest.fixture
def gil(workspace):
    return ConsentFactory(contact__workspace=workspace, channel="tracking", contact__first_name="גיל").contact


def browser(response=None, *, method="GET"):
    """A request of a browser that carries the cookies of an earlier response."""
    request = RequestFactory().generic(method, "/l/x", headers={"User-Agent": IPHONE})
    request.COOKIES = {name: morsel.value for name, morsel in (response.cookies if response else {}).items()}
    return request


def remembering(visitor):
    response = HttpResponse()
    cookies.remember(response, visitor)
    return response


def arrive(request, contact, verdict="human"):
    return identifying.arrive_by_link(request, contact.workspace, contact, delivery_id=7, verdict=verdict)


def test_a_personal_link_makes_and_binds_a_visitor_of_someone_who_agreed_to_it(dana):
    arrival = arrive(browser(), dana)
    assert identifying.contact_of(arrival.visitor) == dana
    assert (arrival.forwarded, arrival.visitor.device) == (False, "phone")
    assert cookies.visitor_of(browser(remembering(arrival.visitor)), dana.workspace) == arrival.visitor


def test_without_consent_to_browsing_nothing_is_remembered(workspace):
    contact = ContactFactory(workspace=workspace)
    assert arrive(browser(), contact) == identifying.Arrival(None, forwarded=False)
    assert not Visitor.objects.exists()


@pytest.mark.parametrize(("verdict", "method"), [("robot", "GET"), ("human", "HEAD")])
def test_robots_and_heads_bind_nothing(dana, verdict, method):
    stranger = VisitorFactory(workspace=dana.workspace)
    arrival = arrive(browser(remembering(stranger), method=method), dana, verdict)
    assert (arrival.visitor, arrival.forwarded) == (stranger, False)
    assert not IdentityEdge.objects.exists()
    assert not Event.objects.exists()


def test_coming_again_binds_nothing_new(dana):
    first = arrive(browser(), dana).visitor
    again = arrive(browser(remembering(first)), dana)
    assert (again.visitor, again.forwarded, IdentityEdge.objects.count()) == (first, False, 1)


def test_the_same_contact_on_phone_and_laptop_is_known_on_both(dana):
    phone, laptop = arrive(browser(), dana).visitor, arrive(browser(), dana).visitor
    assert phone != laptop
    assert identifying.contact_of(phone) == identifying.contact_of(laptop) == dana


def test_a_link_opened_on_a_friends_device_joins_nobody(dana, gil):
    gils = arrive(browser(), gil).visitor
    arrival = arrive(browser(remembering(gils)), dana)
    assert arrival.forwarded
    assert arrival.visitor != gils
    assert identifying.contact_of(gils) == gil
    assert identifying.contact_of(arrival.visitor) == dana
    event = Event.objects.get(kind="link.forwarded")
    assert (event.contact_id, event.visitor_id, event.properties["delivery"]) == (dana.pk, gils.pk, 7)


def test_a_form_sent_on_anothers_device_starts_a_new_epoch(dana, gil):
    danas = arrive(browser(), dana).visitor
    gils = identifying.identify_by_form(danas, gil, is_new=True)
    assert gils != danas
    assert [identifying.contact_of(visitor) for visitor in (danas, gils)] == [dana, gil]


def test_a_form_outweighs_a_link(dana):
    visitor = arrive(browser(), dana).visitor
    assert identifying.identify_by_form(visitor, dana, is_new=True) == visitor
    assert IdentityEdge.objects.get().strength > identifying.LINK_STRENGTH


def test_a_form_binds_a_stranger(dana):
    stranger = VisitorFactory(workspace=dana.workspace)
    assert identifying.identify_by_form(stranger, dana, is_new=True) == stranger
    assert identifying.contact_of(stranger) == dana


def test_whoever_types_a_known_address_is_followed_as_them_but_never_told_who_they_are(dana):
    visitor = VisitorFactory(workspace=dana.workspace)
    identifying.identify_by_form(visitor, dana, is_new=False)
    assert identifying.contact_of(visitor) == dana
    assert identifying.proven_contact_of(visitor) is None
    arrive(browser(remembering(visitor)), dana)
    assert identifying.proven_contact_of(visitor) == dana


def test_a_claim_takes_nothing_from_a_link(dana):
    visitor = arrive(browser(), dana).visitor
    identifying.identify_by_form(visitor, dana, is_new=False)
    assert identifying.proven_contact_of(visitor) == dana


def test_a_merged_person_is_the_one_they_became_and_a_binned_one_is_nobody(dana, workspace):
    merged = IdentityEdgeFactory(contact=ContactFactory(workspace=workspace, merged_into=dana))
    binned = IdentityEdgeFactory(contact=ContactFactory(workspace=workspace, binned=True))
    assert identifying.contact_of(merged.visitor) == dana
    assert identifying.contact_of(binned.visitor) is None
    assert identifying.contact_of(None) is None


def test_a_visitor_of_another_business_is_a_stranger_here(dana):
    response = remembering(VisitorFactory())
    request = browser(response)
    request.COOKIES[cookies.cookie_name(dana.workspace)] = next(iter(request.COOKIES.values()))
    assert cookies.visitor_of(request, dana.workspace) is None
