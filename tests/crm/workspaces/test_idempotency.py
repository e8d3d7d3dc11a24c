"""A call with an Idempotency-Key is done once, whatever happens to the line, the server or the caller's patience."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from crm.contacts import api as contacts_api
from crm.contacts.models import Contact, List
from crm.models import ApiKey, KeptAnswer, Workspace
from crm.timeline.models import Event as Happened
from crm.workspaces import idempotency
from tests.conftest import Api, api_of
from tests.crm.factories import ContactFactory, WorkspaceFactory

DANA = {"email": "dana@example.test"}


def keyed(key: str = "one") -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key}}


def code_of(response: Any) -> str:
    return str(response.json()["errors"][0]["code"])


def test_the_same_call_again_gets_the_first_answer_and_does_nothing(api: Api, workspace: Workspace) -> None:
    first = api.post("contacts/", DANA | {"first_name": "דנה"}, **keyed())
    Contact.objects.update(first_name="אחרת")
    again = api.post("contacts/", DANA | {"first_name": "דנה"}, **keyed())
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Contact.objects.get().first_name == "אחרת"
    assert Happened.objects.filter(kind="contact.created").count() == 1


def test_without_a_key_every_call_is_done(api: Api) -> None:
    assert [api.post("contacts/", DANA).status_code for _time in range(2)] == [201, 200]
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"), [("contacts/", {"email": "gil@example.test"}), ("lists/", DANA), ("contacts/?x=1", DANA)]
)
def test_the_same_key_for_another_call_is_refused(api: Api, path: str, body: Any) -> None:
    api.post("contacts/", DANA, **keyed())
    refused = api.post(path, body, **keyed())
    assert (refused.status_code, code_of(refused)) == (422, "idempotency_key_reused")
    assert Contact.objects.count() == 1
    assert not List.objects.exists()


def test_a_refusal_is_kept_and_nothing_of_the_call_remains(api: Api) -> None:
    refused = api.post("contacts/", {"email": "x"}, **keyed())
    again = api.post("contacts/", {"email": "x"}, **keyed())
    assert (refused.status_code, again.status_code) == (400, 400)
    assert again.content == refused.content
    assert again["Idempotent-Replayed"] == "true"
    assert not Contact.objects.exists()


def test_a_delete_answers_204_both_times(api: Api, workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace)
    answers = [api.delete(f"contacts/{contact.pk}/", **keyed()) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert answers[1].content == b""
    assert api.delete(f"contacts/{contact.pk}/").status_code == 404


def test_every_key_has_its_own_memory(api: Api, workspace: Workspace) -> None:
    colleague = api_of(workspace, secret="mk_second")
    stranger = api_of(WorkspaceFactory(), secret="mk_third")
    answers = [each.post("contacts/", DANA, **keyed()).status_code for each in (api, colleague, stranger)]
    assert answers == [201, 200, 201]


@pytest.mark.parametrize("key", ["", "x" * 201, "with space", "שלום", "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused_by_name(api: Api, key: str) -> None:
    refused = api.post("contacts/", DANA, headers={"Idempotency-Key": key})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["attr"] == "Idempotency-Key"
    assert not Contact.objects.exists()


def test_reading_looks_at_no_key(api: Api) -> None:
    assert api.get("contacts/", headers={"Idempotency-Key": "x" * 999}).status_code == 200
    assert not KeptAnswer.objects.exists()


def test_what_may_pass_is_not_kept(api: Api, workspace: Workspace) -> None:
    """A key without the scope is given it; a wrong method or content type never reached the work."""
    ApiKey.objects.filter(pk=api.key.pk).update(scopes=["read"])
    assert api.post("contacts/", DANA, **keyed()).status_code == 403
    ApiKey.objects.filter(pk=api.key.pk).update(scopes=["read", "write"])
    assert api.put("contacts/", DANA, **keyed()).status_code == 405
    assert api.post("contacts/", "x=1", content_type="text/plain", **keyed()).status_code == 415
    assert api.post("contacts/", DANA, **keyed()).status_code == 201


def test_after_24_hours_the_key_is_new_and_the_clock_forgets(api: Api) -> None:
    api.post("contacts/", DANA, **keyed())
    api.post("contacts/", DANA, **keyed("other"))
    now = timezone.now()
    KeptAnswer.objects.filter(key="one").update(created_at=now - timedelta(hours=24))
    assert api.post("contacts/", DANA, **keyed()).status_code == 200
    KeptAnswer.objects.filter(key="one").update(created_at=now - timedelta(hours=24))
    assert idempotency.forget(now, limit=1) == 1
    assert KeptAnswer.objects.get().key == "other"


def test_an_answer_too_long_to_keep_is_still_done_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "LONGEST", 10)
    assert api.post("contacts/", DANA, **keyed()).status_code == 201
    again = api.post("contacts/", DANA, **keyed())
    assert (again.status_code, code_of(again)) == (409, "idempotent_answer_not_kept")
    assert Happened.objects.filter(kind="contact.created").count() == 1


def test_a_body_too_large_is_told_so_before_it_is_read(api: Api) -> None:
    big = '{"email": "dana@example.test", "first_name": "' + "x" * 2_100_000 + '"}'
    assert api.post("contacts/", big, content_type="application/json", **keyed()).status_code == 413


# -- several at once, and the end in the middle ----------------------------------------------------------------------------


@pytest.fixture
def committed(transactional_db: None) -> Workspace:
    return WorkspaceFactory(slug="foam")


def call(secret: str, key: str = "one") -> Any:
    api = Api()
    api.default_format = "json"
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return api.post("contacts/", DANA, **keyed(key))


def test_a_call_while_the_first_is_at_work_gets_409(committed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    api_of(committed)
    begun, go_on, capture = Event(), Event(), contacts_api.capture

    def slow(*args: Any, **kwargs: Any) -> Any:
        begun.set()
        assert go_on.wait(timeout=30)
        return capture(*args, **kwargs)

    def first() -> int:
        try:
            return int(call("mk_tests").status_code)
        finally:
            connection.close()

    monkeypatch.setattr(contacts_api, "capture", slow)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert begun.wait(timeout=30)
        second = call("mk_tests")
        go_on.set()
        assert running.result() == 201
    assert (second.status_code, code_of(second)) == (409, "idempotency_key_at_work")
    assert call("mk_tests")["Idempotent-Replayed"] == "true"


def test_many_at_once_do_the_work_once(committed: Workspace) -> None:
    api_of(committed)
    start = Barrier(12)

    def come(_number: int) -> tuple[int, str]:
        try:
            start.wait(timeout=30)
            answer = call("mk_tests")
            return answer.status_code, answer.get("Idempotent-Replayed", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(come, range(12)))
    assert answers.count((201, "")) == 1
    assert set(answers) <= {(201, ""), (201, "true"), (409, "")}
    assert Happened.objects.filter(kind="contact.created").count() == 1


def test_a_server_killed_between_work_and_answer_leaves_nothing_half(committed: Workspace) -> None:
    """Killed before the commit: no work, no key. The caller sends it again and it is done, once."""
    api_of(committed)
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            keep = idempotency._keep

            def keep_and_die(*args: Any) -> None:
                keep(*args)
                assert Contact.objects.exists(), "the work was done"
                os.kill(os.getpid(), signal.SIGKILL)

            idempotency._keep = keep_and_die
            call("mk_tests")
        finally:
            os._exit(3)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not Contact.objects.exists()
    assert not KeptAnswer.objects.exists()
    assert [call("mk_tests").status_code for _time in range(2)] == [201, 201]
    assert Happened.objects.filter(kind="contact.created").count() == 1


def test_a_fault_of_ours_undoes_the_work_and_frees_the_key(
    committed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    api_of(committed)
    fresh = contacts_api.ContactViewSet._fresh

    def broken(*args: Any) -> Any:
        raise RuntimeError("a fault between work and answer")

    monkeypatch.setattr(contacts_api.ContactViewSet, "_fresh", broken)
    with pytest.raises(RuntimeError):
        call("mk_tests")
    assert not Contact.objects.exists()
    monkeypatch.setattr(contacts_api.ContactViewSet, "_fresh", fresh)
    assert call("mk_tests").status_code == 201
