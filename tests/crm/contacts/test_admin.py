from __future__ import annotations

import pytest

from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, TagFactory, UserFactory

ROWS = {"contact": ContactFactory, "customfield": CustomFieldFactory, "list": ListFactory, "tag": TagFactory}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ROWS)
def test_an_operator_looks_and_does_not_change(client_as, name):
    row = ROWS[name]()
    client = client_as(UserFactory(operator=True))
    assert client.get(f"/operators/crm/{name}/").status_code == 200
    assert client.get(f"/operators/crm/{name}/{row.pk}/change/").status_code == 200
    assert client.post(f"/operators/crm/{name}/{row.pk}/change/", {}).status_code == 403
    assert client.get(f"/operators/crm/{name}/add/").status_code == 403


@pytest.mark.parametrize("name", ROWS)
def test_a_member_is_no_operator(owner_client, name):
    assert owner_client.get(f"/operators/crm/{name}/").status_code == 302
