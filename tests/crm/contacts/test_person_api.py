"""Over REST: merged and taken apart, pairs decided, consent with its proof, data out and gone."""

from __future__ import annotations

import pytest

from crm.consent import granting
from crm.contacts import suggesting
from crm.models import AuditEntry, Consent, Contact
from tests.conftest import api_of
from tests.crm.contacts.test_api import faults
from tests.crm.contacts.test_merging_undone import dump
from tests.crm.factories import ContactFactory


@pytest.fixture
def pair(workspace):
    return [ContactFactory(workspace=workspace, email=f"dana+{name}@example.test", last_name=name) for name in "ab"]


def test_two_are_merged_by_choice_and_taken_apart(api, pair):
    before = dump(*pair)
    said = {"loser": pair[1].pk, "choices": {"last_name": "loser"}}
    answer = api.post(f"contacts/{pair[0].pk}/merge/", said)
    assert (answer.status_code, answer.json()) == (200, {"winner": pair[0].pk, "loser": pair[1].pk})
    assert Contact.objects.get(pk=pair[0].pk).last_name == "b"
    assert api.post(f"contacts/{pair[1].pk}/unmerge/").status_code == 200
    assert dump(*pair) == before
    assert api.post(f"contacts/{pair[1].pk}/unmerge/").status_code == 404


def test_faults_of_a_merge_name_their_field(api, pair):
    stranger = ContactFactory()
    url = f"contacts/{pair[0].pk}/merge/"
    assert faults(api.post(url, {"loser": stranger.pk})) == {"loser"}
    assert faults(api.post(url, {"loser": pair[0].pk})) == {"loser"}
    assert faults(api.post(url, {"loser": pair[1].pk, "choices": {"f999": "loser"}})) == {"choices"}
    assert faults(api.post(url, {"loser": pair[1].pk, "choices": {"email": "both"}})) == {"choices.email"}
    assert api.post(f"contacts/{stranger.pk}/merge/", {"loser": pair[1].pk}).status_code == 404


def test_pairs_are_listed_and_told_apart(api, workspace, pair):
    suggesting.search(workspace)
    [row] = api.get("duplicates/").json()["results"]
    assert (row["one"], row["other"], row["reason"]) == (pair[0].pk, pair[1].pk, "email")
    assert api.post(f"duplicates/{row['id']}/apart/").json() == {"changed": True}
    assert api.get("duplicates/").json()["results"] == []


def test_consent_is_written_with_its_proof_and_lifts_no_block(api, workspace, pair):
    granting.suppress(workspace, "email", pair[0].email, reason="unsubscribed")
    url = f"contacts/{pair[0].pk}/consents/"
    said = {"channel": "email", "state": "granted", "wording": "ticked at the fair, 1/11", "ip": "203.0.113.9"}
    assert api.post(url, said).status_code == 201
    row = Consent.objects.get()
    assert (row.wording, row.ip, row.source, row.actor) == (said["wording"], said["ip"], "api", f"key:{api.key.pk}")
    assert granting.is_suppressed(workspace, "email", pair[0].email)
    assert api.post(url, said | {"state": "withdrawn"}).status_code == 201
    assert [entry["state"] for entry in api.get(url).json()] == ["withdrawn", "granted"]
    assert faults(api.post(url, {"channel": "fax", "state": "yes"})) == {"channel", "state", "wording"}


def test_only_a_key_for_personal_data_takes_out_or_erases(api, workspace, pair):
    dana = pair[0]
    for call in (lambda key: key.get(f"contacts/{dana.pk}/data/"), lambda key: key.post(f"contacts/{dana.pk}/erase/")):
        assert call(api).status_code == 403
    key = api_of(workspace, secret="mk_personal", scopes=["read", "write", "personal"])
    assert key.get(f"contacts/{dana.pk}/data/").json()["identity"][0]["email"] == dana.email
    assert faults(key.post(f"contacts/{dana.pk}/erase/", {"confirm": "yes"})) == {"confirm"}
    assert key.post(f"contacts/{dana.pk}/erase/", {"confirm": dana.email}).status_code == 204
    assert not Contact.objects.filter(pk=dana.pk).exists()
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"contact.disclosed", "contact.erased"}
