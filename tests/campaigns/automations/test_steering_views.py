"""Running automations from the screens: on, paused, off, for whom; the list, templates, the bin; people brought by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from campaigns.automations import flow, ready, switching
from campaigns.automations.models import Automation, Enrolment, Errand
from campaigns.mailings.models import Mailing
from crm.models import Workspace
from crm.workspaces.signing import call_secret
from tests.campaigns.automations.making import JOINED, START, after, make, run, step
from tests.campaigns.mailings.factories import MailingFactory
from tests.crm.factories import ContactFactory, ListFactory, SubscriptionFactory

HTMX = {"HX-Request": "true"}
Status = Automation.Status


def at(automation: Automation, rest: str = "") -> str:
    return f"/w/foam/automations/{automation.pk}/{rest}"


def fresh(automation: Automation) -> Automation:
    return Automation.objects.select_related("version").get(pk=automation.pk)


def test_switching_on_asks_for_whom_and_lets_in_those_who_qualify(owner_client: Client, workspace: Workspace) -> None:
    listed = ListFactory(workspace=workspace)
    for _place in range(3):
        SubscriptionFactory(contact=ContactFactory(workspace=workspace), list=listed)
    draft = flow.empty() | {"triggers": [JOINED | {"subject": listed.pk}], "steps": [step("wait", amount=1)]}
    automation = switching.create(workspace, name="תהליך", draft=draft, by=None)
    asked = owner_client.get(at(automation), {"open": "on"}).content.decode()
    assert "(3)" in asked or " 3 " in asked
    owner_client.post(at(automation, "on/"), {"existing": "1"}, headers=HTMX)
    assert fresh(automation).is_on
    assert fresh(automation).gathering is not None


def test_only_from_now_on_gathers_nobody(owner_client: Client, workspace: Workspace) -> None:
    draft = flow.empty() | {"triggers": [JOINED], "steps": [step("wait", amount=1)]}
    automation = switching.create(workspace, name="תהליך", draft=draft, by=None)
    owner_client.post(at(automation, "on/"), {"existing": "0"})
    assert fresh(automation).is_on
    assert fresh(automation).gathering is None


def test_what_stands_in_the_way_is_told_and_it_stays_off(owner_client: Client, workspace: Workspace) -> None:
    automation = switching.create(
        workspace, name="תהליך", draft=flow.empty() | {"steps": [step("tag", tag="")]}, by=None
    )
    answer = owner_client.post(at(automation, "on/"), headers=HTMX)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert fresh(automation).status == Status.DRAFT


@pytest.mark.parametrize(("inside", "moved"), [("move", True), ("finish", False)])
def test_people_inside_move_to_what_changed_or_finish_theirs(
    owner_client: Client, workspace: Workspace, inside: str, moved: bool
) -> None:
    automation = make(workspace, step("wait", amount=5))
    switching.enrol_by_hand(automation, [ContactFactory(workspace=workspace).pk], occasion="1", now=START)
    draft = fresh(automation).draft
    draft["steps"].append(step("stop"))
    switching.save(automation, draft, revision=None, now=START)
    assert 'name="inside"' in owner_client.get(at(automation), {"open": "on"}).content.decode()
    owner_client.post(at(automation, "on/"), {"inside": inside})
    assert (Enrolment.objects.get().version_id == fresh(automation).version_id) is moved


def test_pause_and_go_on(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    owner_client.post(at(automation, "pause/"))
    assert fresh(automation).status == Status.PAUSED
    owner_client.post(at(automation, "resume/"))
    assert fresh(automation).status == Status.ON
    assert owner_client.post(at(automation, "resume/"), headers=HTMX).status_code == 200  # said, and nothing is done


@pytest.mark.parametrize(("inside", "state"), [("finish", "active"), ("out", "left")])
def test_switching_off_lets_people_finish_or_takes_them_out(
    owner_client: Client, workspace: Workspace, inside: str, state: str
) -> None:
    automation = make(workspace, step("wait", amount=5))
    switching.enrol_by_hand(automation, [ContactFactory(workspace=workspace).pk], occasion="1", now=START)
    owner_client.post(at(automation, "off/"), {"inside": inside})
    assert fresh(automation).status == Status.OFF
    assert Enrolment.objects.get().state == state


def test_people_who_are_stuck_are_told_on_top_and_go_on(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    switching.enrol_by_hand(automation, [ContactFactory(workspace=workspace).pk], occasion="1", now=START)
    Enrolment.objects.update(state="stuck", due_at=None, trouble="השרת לא ענה")
    assert "השרת לא ענה" in owner_client.get(at(automation)).content.decode()
    assert "תהליך" in owner_client.get("/w/foam/").content.decode()
    owner_client.post(at(automation, "again/"))
    assert Enrolment.objects.get().state == "active"


def test_calls_that_were_given_up_are_told_on_top_and_tried_anew(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("webhook", url="https://shop.example.test/hook"))
    switching.enrol_by_hand(automation, [ContactFactory(workspace=workspace).pk], occasion="1", now=START)
    run(START)
    Errand.objects.update(state="parked", answer="410 Gone", tries=7)
    page = owner_client.get(at(automation)).content.decode()
    assert "410 Gone" in page
    assert f"/w/foam/automations/walks/{Enrolment.objects.get().pk}/" in page
    said = owner_client.post(at(automation, "again/"), follow=True).content.decode()
    assert (Errand.objects.get().state, Errand.objects.get().tries) == ("waiting", 0)
    assert "410 Gone" not in said
    assert "מייל אחד או פנייה אחת נשלחים שוב" in said


def test_a_call_says_where_the_owner_finds_its_secret(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("webhook", url="https://shop.example.test/hook"))
    [call] = automation.draft["steps"]
    assert "/w/foam/settings/keys/#calls" in owner_client.get(at(automation), {"open": call["id"]}).content.decode()
    assert call_secret(workspace.pk) in owner_client.get("/w/foam/settings/keys/").content.decode()


def test_a_loop_is_told_to_the_owner(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    assert "m-note--ember" not in owner_client.get(at(automation)).content.decode()
    Automation.objects.update(looped_at=after(hours=1))
    assert "m-note--ember" in owner_client.get(at(automation)).content.decode()


def test_the_bin_takes_out_and_gives_back_switched_off(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    owner_client.post(at(automation, "delete/"))
    assert owner_client.get(at(automation)).status_code == 404
    assert automation.name not in owner_client.get("/w/foam/automations/?status=on").content.decode()
    assert at(automation, "restore/") in owner_client.get("/w/foam/automations/?status=bin").content.decode()
    owner_client.post(at(automation, "restore/"))
    assert fresh(automation).status == Status.OFF
    assert fresh(automation).deleted_at is None


def test_the_list_counts_who_is_inside_and_who_finished(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    people = [ContactFactory(workspace=workspace).pk for _place in range(3)]
    switching.enrol_by_hand(automation, people, occasion="1", now=START)
    Enrolment.objects.filter(contact=people[0]).update(state="done", due_at=None, ended_at=START)
    row = owner_client.get("/w/foam/automations/").content.decode().split("<tbody>")[1]
    assert ">2<" in row
    assert ">1<" in row


def test_a_copy_is_a_draft_of_its_own(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    owner_client.post(at(automation, "duplicate/"))
    twin = Automation.objects.exclude(pk=automation.pk).get()
    assert twin.status == Status.DRAFT
    assert twin.draft == fresh(automation).draft


def test_a_copy_has_mails_of_its_own(owner_client: Client, workspace: Workspace) -> None:
    mailing = MailingFactory(workspace=workspace, name="מייל")
    mails = [step("mail", mailing=mailing.pk), step("mail", mailing=mailing.pk), step("mail")]
    automation = switching.create(workspace, name="תהליך", draft=flow.empty() | {"steps": mails}, by=None)
    owner_client.post(at(automation, "duplicate/"))
    first, second, third = Automation.objects.exclude(pk=automation.pk).get().draft["steps"]
    copied = Mailing.objects.exclude(pk=mailing.pk).get()
    assert (first["mailing"], second["mailing"], third["mailing"]) == (copied.pk, copied.pk, None)
    assert [one["mailing"] for one in fresh(automation).draft["steps"]] == [mailing.pk, mailing.pk, None]


@pytest.mark.parametrize("template", [each.key for each in ready.every()])
@pytest.mark.parametrize("language", ["he", "en"])
def test_every_template_makes_a_draft_whose_mails_can_be_read(
    owner_client: Client, workspace: Workspace, template: str, language: str
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(
        language=language, sender_name="Foam", sender_email="hello@foam.test", postal_address="Street 1"
    )
    made = owner_client.post("/w/foam/automations/new/", {"template": template, "name": "מוכנה"})
    assert made.status_code == 302
    automation = Automation.objects.get()
    mails = [one["mailing"] for one in flow.walk(automation.draft["steps"]) if one["type"] == "mail"]
    assert mails
    assert set(Mailing.objects.values_list("pk", "language", "status")) == {(pk, language, "draft") for pk in mails}
    assert owner_client.get(made["Location"]).status_code == 200


def test_people_of_another_screen_enter_one_that_runs(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    listed = ListFactory(workspace=workspace)
    SubscriptionFactory(contact=ContactFactory(workspace=workspace), list=listed)
    rule = json.dumps({"all": [{"list": listed.pk}]})
    page = owner_client.get("/w/foam/automations/new/", {"rule": rule}).content.decode()
    assert at(automation, "enrol/") in page
    owner_client.post(at(automation, "enrol/"), {"rule": rule})
    assert Enrolment.objects.get().automation_id == automation.pk
    owner_client.post(at(automation, "enrol/"), {"rule": "nonsense"})
    assert Enrolment.objects.count() == 1


def test_the_card_of_a_contact_says_where_they_stand(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    contact = ContactFactory(workspace=workspace)
    switching.enrol_by_hand(automation, [contact.pk], occasion="1", now=START)
    card = owner_client.get(f"/w/foam/contacts/{contact.pk}/").content.decode()
    assert automation.name in card


def test_a_mail_is_written_for_its_step(owner_client: Client, workspace: Workspace) -> None:
    mail: Any = step("mail", mailing=None)
    automation = switching.create(workspace, name="תהליך", draft=flow.empty() | {"steps": [mail]}, by=None)
    said = {"revision": automation.revision, "purpose": "service"}
    answer = owner_client.post(at(automation, f"steps/{mail['id']}/mail/"), said)
    made = Mailing.objects.get()
    assert answer["Location"].endswith(f"/mailings/{made.pk}/compose/?automation={automation.pk}")
    assert f'href="{at(automation)}"' in owner_client.get(answer["Location"]).content.decode()
    assert fresh(automation).draft["steps"][0]["mailing"] == made.pk


def test_a_name_is_changed_and_an_empty_one_refused(owner_client: Client, workspace: Workspace) -> None:
    automation = make(workspace, step("wait", amount=5))
    owner_client.post(at(automation, "name/"), {"name": " שם  אחר "})
    assert fresh(automation).name == "שם אחר"
    assert owner_client.post(at(automation, "name/"), {"name": ""}, headers=HTMX).status_code == 422
