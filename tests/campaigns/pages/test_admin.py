"""The operators' shelves of this room."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.pages.models import LandingPage
from tests.campaigns.pages.factories import ReferralFactory, SubmissionFactory
from tests.crm.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_operators_read_every_shelf_and_change_nothing(page: LandingPage) -> None:
    referral = ReferralFactory(share_link__page=page)
    rows = {
        "landingpage": page,
        "pageversion": page.version,
        "submission": SubmissionFactory(page=page),
        "sharelink": referral.share_link,
        "referral": referral,
    }
    client = Client()
    client.force_login(UserFactory(operator=True))
    for name, row in rows.items():
        assert client.get(reverse(f"admin:campaigns_{name}_changelist")).status_code == 200
        change = reverse(f"admin:campaigns_{name}_change", args=[row.pk])
        assert client.get(change).status_code == 200
        assert client.post(change, {}).status_code == 403
