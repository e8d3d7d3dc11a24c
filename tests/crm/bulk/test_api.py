from __future__ import annotations

import pytest

from crm.models import AuditEntry, BulkAct, Contact, ContactTag
from tests.crm.factories import ContactFactory, ContactTagFactory, CustomFieldFactory, SavedViewFactory


@pytest.fixture
def people(workspace):
    return ContactFactory.create_batch(3, workspace=workspace)


def test_an_act_by_ids_is_done_within_the_call_and_undone(api, people):
    response = api.post("bulk-acts/", {"kind": "tag", "ids": [people[0].pk, people[1].pk], "tag": "VIP"})
    assert response.status_code == 201
    told = response.json()
    assert (told["status"], told["changed"], told["may_undo"]) == ("done", 2, True)
    undone = api.post(f"bulk-acts/{told['id']}/undo/")
    assert (undone.json()["status"], ContactTag.objects.count()) == ("undone", 0)
    assert api.post(f"bulk-acts/{told['id']}/undo/").status_code == 400


def test_an_act_by_a_rule_takes_whom_it_holds_for(api, people):
    ContactTagFactory(contact=people[0], tag__name="VIP")
    response = api.post("bulk-acts/", {"kind": "delete", "rule": {"all": [{"tag": "VIP"}]}})
    assert response.json()["total"] == 1
    assert list(Contact.objects.filter(deleted_at__isnull=False)) == [people[0]]
    assert AuditEntry.objects.get().api_key == api.key


def test_everybody_must_be_said_by_an_empty_rule(api, people):
    assert api.post("bulk-acts/", {"kind": "tag", "tag": "VIP"}).status_code == 400
    assert api.post("bulk-acts/", {"kind": "tag", "tag": "VIP", "ids": []}).status_code == 400
    assert api.post("bulk-acts/", {"kind": "tag", "tag": "VIP", "rule": {}}).json()["changed"] == 3


def test_faults_name_their_field(api, people, workspace):
    field = CustomFieldFactory(workspace=workspace, number=True)
    stranger = ContactFactory()
    ids = [people[0].pk]
    asked = [
        ({"kind": "set", "ids": ids, "field": field.pk, "value": "abc"}, "value"),
        ({"kind": "join", "ids": ids, "list": 10**6}, "list"),
        ({"kind": "join", "ids": ids}, "list"),
        ({"kind": "nonsense", "ids": ids}, "kind"),
        ({"kind": "tag", "ids": [stranger.pk], "tag": "VIP"}, "ids"),
        ({"kind": "tag", "rule": {"all": [{"list": 10**6}]}, "tag": "VIP"}, "rule"),
        ({"kind": "restore", "ids": ids}, "kind"),
    ]
    for body, key in asked:
        response = api.post("bulk-acts/", body)
        assert response.status_code == 400, body
        assert response.json()["errors"][0]["attr"].split(".")[0] == key, response.json()
    assert not BulkAct.objects.exists()


def test_shared_views_are_read(api, workspace):
    SavedViewFactory(workspace=workspace, name="שלי")
    SavedViewFactory(workspace=workspace, name="של כולם", is_shared=True, state={"q": "דנה"})
    (told,) = api.get("views/").json()["results"]
    assert (told["name"], told["state"]) == ("של כולם", {"q": "דנה"})
