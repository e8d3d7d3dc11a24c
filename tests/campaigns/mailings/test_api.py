from __future__ import annotations

import pytest

from campaigns.mailings import sending
from campaigns.mailings.models import Mailing
from tests.campaigns.factories import block
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, make_list, make_people, started
from tests.conftest import Api, api_of
from tests.crm.factories import WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(db):
    return WorkspaceFactory(slug="foam", with_sender=True)


@pytest.fixture
def api(workspace) -> Api:
    return api_of(workspace)


def test_a_mailing_is_made_counted_started_and_reported(api, workspace):
    people = make_list(workspace, 3)
    made = api.post(
        "mailings/",
        {
            "purpose": "advertisement",
            "name": "Winter",
            "subject": "Clean {{ first_name }}",
            "audience": {"lists": [people.pk]},
            "blocks": [block("text", text="Hello")],
        },
    )
    assert made.status_code == 201, made.json()
    number = made.json()["id"]
    assert made.json()["status"] == "draft"
    assert api.get(f"mailings/{number}/count/").json() == {"will_send": 3, "skipped": {}}
    assert api.patch(f"mailings/{number}/", {"subject": "Other"}).json()["subject"] == "Other"
    assert api.post(f"mailings/{number}/start/").json()["status"] == "freezing"
    assert api.post(f"mailings/{number}/start/").status_code == 400
    mailing = Mailing.objects.get(pk=number)
    from campaigns.mailings import planning

    planning.freeze(number)
    sending.send(number, transport=FakeTransport())
    report = api.get(f"mailings/{number}/report/").json()
    assert (report["audience"], report["is_balanced"], report["states"]["accepted"]) == (3, True, 3)
    assert mailing.purpose == "advertisement"


@pytest.mark.parametrize(
    "given",
    [
        {"name": "x"},
        {"purpose": "spam", "name": "x"},
        {"purpose": "content", "name": "x", "subject": "a\nb"},
        {"purpose": "content", "name": "x", "subject": "{{ nope }}"},
        {"purpose": "content", "name": "x", "audience": {"lists": [10**6]}},
        {"purpose": "content", "name": "x", "audience": {"lists": "all"}},
        {"purpose": "content", "name": "x", "blocks": [{"type": "nonsense"}]},
        {"purpose": "content", "name": "x", "blocks": "text"},
        {"purpose": "content", "name": "x" * 151},
    ],
)
def test_bad_input_is_a_clear_400_and_makes_nothing(api, given):
    response = api.post("mailings/", given)
    assert response.status_code == 400
    assert response.json()["errors"]
    assert not Mailing.objects.exists()


def test_what_a_mail_is_does_not_change(api, workspace):
    mailing = MailingFactory(workspace=workspace)
    for change in ({"purpose": "service"}, {"blocks": []}, {"language": "en"}):
        assert api.patch(f"mailings/{mailing.pk}/", change).status_code == 400


def test_a_start_without_a_sender_lists_what_is_missing(api, workspace):
    workspace.sender_name = ""
    workspace.save()
    mailing = MailingFactory(workspace=workspace, subject="")
    response = api.post(f"mailings/{mailing.pk}/start/")
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 2


def test_a_started_mailing_is_frozen(api, workspace):
    mailing = MailingFactory(workspace=workspace)
    make_people(workspace, 1)
    started(mailing)
    assert api.patch(f"mailings/{mailing.pk}/", {"subject": "Other"}).status_code == 400


def test_a_foreign_mailing_is_not_found(api):
    mailing = MailingFactory()
    for path in ("", "count/", "report/"):
        assert api.get(f"mailings/{mailing.pk}/{path}").status_code == 404
    assert api.post(f"mailings/{mailing.pk}/start/").status_code == 404
    assert api.get("mailings/").json()["results"] == []
