"""Operators read the log, the proofs and the browsers; the admin changes none of them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from crm.models import Event, EventCursor
from tests.crm.factories import (
    ConsentFactory,
    ContactFactory,
    FileFactory,
    IdentityEdgeFactory,
    SuppressionFactory,
    UserFactory,
    VisitorFactory,
    make_event,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client_as):
    return client_as(UserFactory(operator=True))


def rows():
    return {
        "event": make_event("custom.a", contact=ContactFactory(), visitor=VisitorFactory()),
        "eventcursor": EventCursor.objects.create(name="another reader"),
        "consent": ConsentFactory(),
        "suppression": SuppressionFactory(),
        "visitor": VisitorFactory(),
        "identityedge": IdentityEdgeFactory(),
        "file": FileFactory(),
    }


def test_everything_is_shown_found_and_never_changed(operator):
    for name, row in rows().items():
        listed = reverse(f"admin:crm_{name}_changelist")
        shown = reverse(f"admin:crm_{name}_change", args=[row.pk])
        for address in (listed, f"{listed}?q=5", f"{listed}?q=custom.a", shown):
            assert operator.get(address).status_code == 200, address
        assert operator.post(shown, {"kind": "x"}).status_code == 403
        assert operator.get(reverse(f"admin:crm_{name}_add")).status_code == 403
        assert operator.post(reverse(f"admin:crm_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert Event.objects.count() == 1


def test_the_admin_shows_no_key_of_a_cookie_and_no_fingerprint(operator):
    visitor, block = VisitorFactory(), SuppressionFactory()
    assert str(visitor.key) not in operator.get(reverse("admin:crm_visitor_change", args=[visitor.pk])).content.decode()
    page = operator.get(reverse("admin:crm_suppression_change", args=[block.pk])).content.decode()
    assert bytes(block.address_hash).hex() not in page


def test_members_are_no_operators(owner_client):
    assert owner_client.get(reverse("admin:crm_event_changelist")).status_code in (302, 403)
