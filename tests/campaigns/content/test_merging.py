from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.content import merging
from campaigns.content.merging import MergeError
from campaigns.content.pieces import Weaver, assemble
from crm.contacts.models import FieldType
from tests.crm.factories import ContactFactory, CustomFieldFactory, WorkspaceFactory

SPICE = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        " first_name ",
        "| default:",
        '"',
        "\\",
        "gender:",
        " | ",
        "f1",
        "“",
        "”",
        "\n",
        "<b>",
        "\r",
        "\u2028",
    ]
)
TEXTS = st.lists(st.one_of(SPICE, st.text(max_size=8)), max_size=40).map("".join)


def rendered(text: str, values: dict[str, str], mode: str = "html") -> str:
    parts = merging.parse(text).parts
    pieces = [["t", merging.escape(p, mode)] if isinstance(p, str) else ["m", p.key, mode] for p in parts]
    return assemble(pieces, values=values, visible=set(), links=[], holes={})


def test_a_detail_is_put_in_and_its_fallback_where_it_is_missing() -> None:
    text = 'Hi {{ first_name | default: "friend" }}!'
    key = merging.parse(text).tags[0].key
    assert rendered(text, {key: "Dana"}) == "Hi Dana!"
    assert rendered(text, {}) == "Hi friend!"


def test_a_form_follows_the_gender_of_the_contact(db) -> None:
    field = CustomFieldFactory(
        key="gender", type=FieldType.CHOICE, options=[{"id": f"o{n}", "label": str(n)} for n in (1, 2, 3)]
    )
    key = merging.parse('{{gender:"עליך"|"עלייך"|“עליכם”}}').tags[0].key
    people = [ContactFactory(workspace=field.workspace, values={field.storage_key: f"o{n}"}) for n in (1, 2, 3)]
    people.append(ContactFactory(workspace=field.workspace, values={}))
    values = merging.values_for(field.workspace, [person.pk for person in people], [key])
    assert [values[person.pk][key] for person in people] == ["עליך", "עלייך", "עליכם", "עליכם"]


def test_custom_fields_are_shown_in_words(db) -> None:
    field = CustomFieldFactory(type=FieldType.CHOICE, options=[{"id": "o1", "label": "North"}])
    contact = ContactFactory(workspace=field.workspace, values={field.storage_key: "o1"})
    key = field.storage_key
    assert merging.values_for(field.workspace, [contact.pk], [key])[contact.pk][key] == "North"


def test_values_of_a_batch_cost_one_query_beside_the_fields(db, django_assert_num_queries) -> None:
    workspace = WorkspaceFactory()
    people = ContactFactory.create_batch(5, workspace=workspace)
    with django_assert_num_queries(1):
        found = merging.values_for(workspace, [person.pk for person in people], ["first_name", "email"])
    assert len(found) == 5


def test_people_of_another_business_have_no_values_here(db) -> None:
    stranger = ContactFactory()
    assert merging.values_for(WorkspaceFactory(), [stranger.pk], ["first_name"]) == {}


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("ab {{", 3),
        ("{{ nobody }}", 0),
        ("x {{ first_name | upcase }}", 2),
        ("{{ first_name.__class__ }}", 0),
        ('{{ gender: "a" | "b" }}', 0),
        ("{{ {{ first_name }} }}", 0),
    ],
)
def test_a_faulty_tag_is_refused_with_its_place(text: str, position: int) -> None:
    with pytest.raises(MergeError) as error:
        merging.parse(text)
    assert error.value.position == position


def test_a_field_of_another_business_is_no_personal_detail(db) -> None:
    foreign = CustomFieldFactory()
    with pytest.raises(MergeError):
        merging.clean("{{ " + foreign.storage_key + " }}", WorkspaceFactory())


def test_values_cannot_bring_markup_or_new_lines_along() -> None:
    key = "first_name"
    assert rendered("{{ first_name }}", {key: "<script>&\"'"}) == "&lt;script&gt;&amp;&quot;&#x27;"
    assert rendered("{{ first_name }}", {key: "a\r\nBcc: x\u2028y"}, "line") == "a Bcc: x y"


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_no_text_raises_anything_but_a_merge_error(text: str) -> None:
    try:
        tags, position = merging.parse(text).tags, 0
    except MergeError as error:
        tags, position = (), error.position
    assert 0 <= position <= len(text)
    assert all(merging.tag_of(tag.key) == tag for tag in tags), "a key is read back as the same tag"


@given(TEXTS, st.text(max_size=3000))
@settings(max_examples=300, deadline=None)
def test_what_comes_out_is_text_and_bounded(text: str, value: str) -> None:
    try:
        tags = merging.parse(text).tags
    except MergeError:
        return
    values = {tag.key: value[: merging.MAX_VALUE] for tag in tags}
    html = rendered(text, values)
    assert len(html) <= 6 * (len(text) + merging.MAX_TAGS * merging.MAX_VALUE)
    assert "<b>" not in html
    assert not set(rendered(text, values, "line")) & set("\r\n\x85\u2028\u2029\0")


@given(st.lists(st.text(max_size=12), max_size=6))
@settings(deadline=None)
def test_splitting_at_marks_gives_the_text_back(texts: list[str]) -> None:
    weaver = Weaver()
    woven = "-".join(weaver.literal(text) for text in texts)
    assert assemble(weaver.split(woven), values={}, visible=set(), links=[], holes={}) == "-".join(texts)
