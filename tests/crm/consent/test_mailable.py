"""Who may be written to, asked of thousands at once: the same answer from SQL, from the ORM and from the verbs."""

from __future__ import annotations

import pytest
from django.db import connection

from crm.consent import granting
from crm.consent.hashing import address_hash
from crm.consent.mailable import granted_sql, mailable, suppressed_sql
from crm.contacts.models import Contact
from tests.crm.factories import ConsentFactory, ContactFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def select(condition, params):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id FROM crm_contact c WHERE {condition}", params)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize(
    "address", ["dana@example.test", "+972500000142", "דנה@דוגמה.test", "o'brien@example.test", "ß@example.test"]
)
def test_the_database_and_python_agree_on_the_hash_of_an_address(workspace, address):
    granting.suppress(workspace, "email", address, reason="dead")
    blocked = ContactFactory(workspace=workspace, email=address)
    ContactFactory(email=address)
    assert select(*suppressed_sql(workspace, "email")) == {blocked.pk}
    assert len(address_hash(workspace.pk, address)) == 32


def test_only_an_address_with_consent_and_without_a_block_may_be_written_to(workspace):
    asked = ConsentFactory(contact__workspace=workspace).contact
    blocked = ConsentFactory(contact__workspace=workspace).contact
    granting.suppress(workspace, "email", blocked.email, reason="complained")
    no_mail = ConsentFactory(contact__workspace=workspace, contact__with_phone_only=True).contact
    refused = ConsentFactory(contact__workspace=workspace, withdrawn=True).contact
    ContactFactory(workspace=workspace)
    assert set(mailable(Contact.objects.filter(workspace=workspace), "email")) == {asked}
    assert select(*granted_sql("email")) == {asked.pk, blocked.pk, no_mail.pk}
    assert refused.pk not in select(*granted_sql("email"))


def test_a_block_of_another_channel_or_business_is_not_this_one(workspace):
    contact = ConsentFactory(contact__workspace=workspace, contact__with_phone=True).contact
    granting.suppress(workspace, "sms", contact.phone, reason="dead")
    granting.suppress(WorkspaceFactory(), "email", contact.email, reason="dead")
    assert mailable(Contact.objects.all(), "email").get() == contact
    assert select(*suppressed_sql(workspace, "sms")) == {contact.pk}


def test_browsing_has_no_address_and_hangs_on_consent_alone(workspace):
    contact = ConsentFactory(contact__workspace=workspace, channel="tracking").contact
    assert mailable(Contact.objects.all(), "tracking").get() == contact
    assert select(*suppressed_sql(workspace, "tracking")) == set()
