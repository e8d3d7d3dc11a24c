from __future__ import annotations

import pytest

from crm.contacts.starter import make_starter_fields
from crm.timeline import kinds
from crm.workspaces import founding
from tests.crm.factories import WorkspaceFactory


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "female"), [("he", "נקבה"), ("en", "Female")])
def test_a_new_business_begins_with_six_fields_in_its_language(language, female):
    workspace = founding.found(None, name="קצף וזוהר", slug="foam", language=language)
    fields = {field.key: field for field in workspace.custom_fields.all()}
    assert set(fields) == {"birth_date", "gender", "area", "education", "hobbies", "status"}
    assert fields["gender"].options[1] == {"id": "o2", "label": female}
    assert len(fields["status"].options) == 5


def test_making_them_twice_makes_them_once(workspace):
    made = make_starter_fields(workspace)
    assert make_starter_fields(workspace) == made
    assert workspace.custom_fields.count() == 6


@pytest.mark.django_db
def test_a_funnel_may_wait_for_each_status():
    workspace = WorkspaceFactory(english=True)
    make_starter_fields(workspace)
    assert list(kinds.get("status.changed").subjects(workspace))[3] == (4, "Quoted")
