from __future__ import annotations

import pytest
from django.utils import translation

from campaigns.content import naming
from campaigns.content.merging import MergeError
from tests.crm.factories import CustomFieldFactory


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("היי {שם פרטי|חברים}!", 'היי {{ first_name | default: "חברים" }}!'),
        ("{שם פרטי}", "{{ first_name }}"),
        ("חשבנו {עליך|עלייך|עליכם}", 'חשבנו {{ gender: "עליך" | "עלייך" | "עליכם" }}'),
        ("בלי פרטים", "בלי פרטים"),
    ],
)
def test_details_are_called_by_their_names_in_the_editor(said: str, stored: str, workspace) -> None:
    with translation.override("he"):
        assert naming.from_people(said, workspace) == stored
        assert naming.to_people(stored, workspace) == said


def test_names_are_understood_in_every_language(workspace) -> None:
    with translation.override("he"):
        assert naming.from_people("{First name}", workspace) == "{{ first_name }}"
    with translation.override("en"):
        assert naming.from_people("{ שם  פרטי }", workspace) == "{{ first_name }}"
        assert naming.to_people("{{ first_name }}", workspace) == "{First name}"


def test_a_custom_field_is_called_by_its_title(workspace) -> None:
    field = CustomFieldFactory(workspace=workspace, label="סוג הרכב")
    stored = "{{ " + field.storage_key + ' | default: "כל רכב" }}'
    assert naming.from_people("{סוג הרכב|כל רכב}", workspace) == stored


@pytest.mark.parametrize(
    "stored", ['{{ first_name | default: "a|b" }}', '{{ gender: "{" | "b" | "c" }}', "{{ f999999 }}"]
)
def test_what_cannot_be_said_by_name_stays_a_tag(stored: str, workspace) -> None:
    assert naming.to_people(stored, workspace) == stored
    assert naming.from_people(stored, workspace) == stored


@pytest.mark.parametrize("said", ["{כינוי}", "{a|b}", "{a|b|c|d}"])
def test_braces_that_name_nothing_are_refused(said: str, workspace) -> None:
    with pytest.raises(MergeError):
        naming.from_people(said, workspace)
