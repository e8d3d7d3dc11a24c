"""What every REST resource shares."""

from __future__ import annotations

import pytest

from crm.models import Workspace
from crm.timeline.models import Event
from tests.conftest import Api
from tests.crm.factories import ContactFactory

DANA = '"kind": "custom.came", "email": "dana@example.test"'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 100_000 + "]" * 100_000, 400),
        ("{" + DANA + r', "properties": {"word": "\ud800"}}', 400),
        ("{" + DANA + r', "properties": {"\udfff": 1}}', 400),
        ("{" + DANA + ', "source": "' + "x" * 2_100_000 + '"}', 413),
        ("{", 400),
        ("{" + DANA + r', "properties": {"word": "\ud83d\ude97"}}', 201),
    ],
)
def test_a_body_that_cannot_be_held_is_refused(api: Api, workspace: Workspace, body: str, status: int) -> None:
    ContactFactory(workspace=workspace, email="dana@example.test")
    assert api.post("events/", body, content_type="application/json").status_code == status
    assert Event.objects.filter(kind="custom.came").count() == (status == 201)
