"""Ids of another business inside what is sent: in forms, rules, blocks, audiences. A 4xx, and nothing is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.urls import resolve, reverse

from campaigns.content import documents
from tests.campaigns.factories import block
from tests.house import rows
from tests.house.conftest import Pair
from tests.house.screens import Form, none_of
from tests.house.worlds import OURS, THEIRS, World

OWN = re.compile(r"(?<!\d)1\d\d[1-4]\d{3}(?!\d)")
# Posts that only draw: what is foreign in them is drawn as removed, and saving it is refused by the form they belong to.
DRAWING = {"rules:builder", "segments:segment_sample", "mailings:mailing_count", "files:file_picker"}
# Fields that are let go of without a word, and why nothing is lost.
LET_GO = {
    ("automations:trigger_edit", "was"): "what the menus were drawn for; nothing of it is kept",
    ("automations:step_edit", "was"): "what the menus were drawn for; nothing of it is kept",
    ("set_preferences", "next"): "the address to go back to; it answers 404 there",
    ("mailings:mailing_test", "as"): "whose eyes the test is seen with; somebody of ours instead",
    ("content:editor_audience", "rule"): "the panel saves what is finished, and leaves the rest in the builder",
    ("content:editor_block", "new_question"): "counts with its button alone",
}

Rule = dict[str, Any]
RULES: dict[str, Callable[[World], Rule]] = {
    "list": lambda w: {"list": w.list.pk},
    "segment": lambda w: {"segment": w.segment.pk},
    "fixed segment": lambda w: {"segment": w.fixed_segment.pk},
    "field": lambda w: {"field": w.field.storage_key, "op": "contains", "value": "א"},
    "event subject": lambda w: {"event": "page.viewed", "subject": w.page.pk},
    "mailing": lambda w: {"event": "mailing.clicked", "subject": w.sent.pk},
    "inside a group": lambda w: {"none": [{"any": [{"list": w.list.pk}]}]},
}
BLOCKS: dict[str, Callable[[World], dict[str, Any]]] = {
    "picture": lambda w: block("image", file=w.file.pk, alt="א"),
    "link": lambda w: block("button", text="א", link=f"page:{w.page.pk}"),
    "link in a text": lambda w: block("text", text=f"[א](page:{w.page.pk})"),
    "rule": lambda w: block("text", text="א", rule={"all": [{"list": w.list.pk}]}),
    "merge tag": lambda w: block("text", text=f"{{{{ {w.field.storage_key} }}}}"),
}
FORMS: dict[str, Callable[[World], dict[str, Any]]] = {
    "list": lambda w: block("form", lists=[w.list.pk], questions=[{"field": "email", "required": True}]),
    "question": lambda w: block("form", questions=[{"field": w.field.storage_key, "required": True}]),
}
rule_kinds = pytest.mark.parametrize("kind", RULES)


@pytest.fixture
def untainted(pair: Pair, db: None) -> Iterator[None]:
    """Nothing of theirs stands in ours, and theirs is as it was."""
    yield
    assert tainted(pair) == []


def tainted(pair: Pair) -> list[str]:
    own = rows.mentioning(pair.ours.workspace, rf"(^|\D)({'|'.join(sorted(pair.their_ids))})(\D|$)")
    return [row[:200] for row in own] + rows.changed(pair.their_rows, rows.of(pair.theirs.workspace))


def foreign(text: str) -> str:
    """The same text with each id of ours replaced by that of the same thing of theirs."""
    return OWN.sub(lambda found: str(int(found[0]) + THEIRS - OURS), text)


def substituted(form: Form) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """For each field in which an id of ours stands or may be chosen: what would be sent with theirs instead."""
    for name in {**form.data, **form.options}:
        chosen = [value for value in form.data.get(name, []) if OWN.search(value)]
        offered = [value for value in form.options.get(name, []) if OWN.search(value)]
        if chosen or offered:
            yield name, form.data | {name: [foreign(value) for value in chosen or offered[:1]]}


def test_forms_refuse_foreign_ids(pair: Pair, signed_in: Any) -> None:
    """Every form of every screen, every field of it that names a thing."""
    client, faults, tried = signed_in(), [], set()
    for screen in pair.crawl(client).screens:
        for form in screen.forms if form_screens(screen.url) else []:
            view = resolve(form.path).view_name
            for name, data in substituted(form) if form.method == "post" else []:
                if (view, re.sub(r"\d+", "N", name)) in tried:
                    continue
                tried.add((view, re.sub(r"\d+", "N", name)))
                with rows.undone():
                    response = client.post(form.action, data)
                    found = tainted(pair)
                is_let_go = view in DRAWING or (view, name.split("-")[0]) in LET_GO
                if found or (response.status_code < 400 and not is_let_go):
                    faults.append(f"{screen.url}: {view} takes {name}={data[name]}: {response.status_code} {found}")
    assert len(tried) > 12, tried
    none_of(faults)


def form_screens(url: str) -> bool:
    return not any(part in urlsplit(url).path for part in ("/preview/", "/html/"))


# -- rules -----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("untainted")
@rule_kinds
def test_rest_refuses_a_rule_about_foreign_things(kind: str, pair: Pair, key_of: Any) -> None:
    key, rule = key_of(pair.ours), {"all": [RULES[kind](pair.theirs)]}
    own = {"all": [RULES[kind](pair.ours)]}
    asked = {
        "segments/": {"name": "חדש", "rule": rule},
        "funnels/": {"name": "חדש", "stages": [{"name": "א", "matches": [{"kind": "page.viewed", "rule": rule}]}]},
        "mailings/": {"name": "חדש", "purpose": "content", "blocks": [block("text", text="א", rule=rule)]},
    }
    for path, body in asked.items():
        response = key.post(path, body)
        assert response.status_code == 400, path
        assert "all.0" in str(response.json()) or "matches" in str(response.json()), (
            f"{path}: the place of the fault is not told"
        )
    patched = key.patch(f"segments/{pair.ours.segment.pk}/", {"rule": rule})
    assert patched.status_code == 400
    assert pair.changed() == []
    with rows.undone():
        mine = key.post("segments/", {"name": "חדש", "rule": own})
    assert mine.status_code == 201, f"the counter-check: {mine.content!r}"


@pytest.mark.usefixtures("untainted")
@rule_kinds
def test_screens_refuse_a_rule_about_foreign_things(kind: str, pair: Pair, signed_in: Any) -> None:
    rule = json.dumps({"all": [RULES[kind](pair.theirs)]})
    slug = pair.ours.slug
    asked = {
        reverse("segments:segment_create", args=[slug]): {"name": "חדש", "rule": rule},
        reverse("segments:segment_edit", args=[slug, pair.ours.segment.pk]): {"name": "ישן", "rule": rule},
    }
    for url, body in asked.items():
        assert signed_in().post(url, body).status_code in (400, 422), url
    assert pair.changed() == []


@pytest.mark.usefixtures("untainted")
@rule_kinds
def test_a_block_keeps_no_foreign_condition(kind: str, pair: Pair, signed_in: Any) -> None:
    """The panel saves while one is still choosing: what is not a finished condition of ours is left out."""
    url = reverse("content:editor_audience", args=[pair.ours.slug, pair.ours.document.pk, pair.ours.block["id"]])
    rule = json.dumps({"all": [RULES[kind](pair.theirs), {"known": True}]})
    response = signed_in().post(url, {"audience": "other", "is_open": "other", "rule": rule, "revision": "1"})
    assert response.status_code < 500


@rule_kinds
def test_a_draft_rule_tells_nothing_of_foreign_things(kind: str, pair: Pair, signed_in: Any) -> None:
    rule = {"all": [RULES[kind](pair.theirs)]}
    slug = pair.ours.slug
    built = signed_in().post(
        reverse("rules:builder", args=[slug]), {"builder": "rule", "rule": json.dumps(rule), "live": "1"}
    )
    sampled = signed_in().post(reverse("segments:segment_sample", args=[slug]), {"rule": json.dumps(rule)})
    opened = signed_in().get(reverse("segments:segment_create", args=[slug]), {"rule": json.dumps(rule)})
    for response in (built, sampled, opened):
        assert response.status_code == 200
        assert pair.theirs.mark not in response.content.decode()


# -- blocks ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*BLOCKS, *FORMS])
def test_blocks_refuse_foreign_things(kind: str, pair: Pair, key_of: Any) -> None:
    made = (BLOCKS | FORMS)[kind]
    medium = "mail" if kind in BLOCKS else "page"
    with pytest.raises(ValidationError) as refused:
        documents.clean_blocks([made(pair.theirs)], pair.ours.workspace, medium)
    assert next(iter(refused.value.message_dict)).startswith("0."), "the place of the fault"
    assert documents.clean_blocks([made(pair.ours)], pair.ours.workspace, medium), "the counter-check"
    if kind in BLOCKS:
        body = {"name": "חדש", "purpose": "content", "blocks": [made(pair.theirs)]}
        assert key_of(pair.ours).post("mailings/", body).status_code == 400
    assert pair.changed() == []


# -- audiences, people, events -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("untainted")
@pytest.mark.parametrize("part", ["lists", "segments", "not_lists", "not_segments"])
def test_an_audience_refuses_foreign_groups(part: str, pair: Pair, key_of: Any, signed_in: Any) -> None:
    chosen = pair.theirs.list.pk if part.endswith("lists") else pair.theirs.segment.pk
    key = key_of(pair.ours)
    new = {"name": "חדש", "purpose": "content", "blocks": [], "audience": {part: [chosen]}}
    assert key.post("mailings/", new).status_code == 400
    assert key.patch(f"mailings/{pair.ours.mailing.pk}/", {"audience": {part: [chosen]}}).status_code == 400
    url = reverse("mailings:mailing_audience", args=[pair.ours.slug, pair.ours.mailing.pk])
    assert signed_in().post(url, {part: [chosen]}).status_code in (400, 422)
    assert pair.changed() == []


REST_BODIES: list[tuple[str, str, Callable[[World, World], dict[str, Any]]]] = [
    ("POST", "contacts/", lambda ours, theirs: {"email": "new@new.test", "values": {theirs.field.storage_key: "א"}}),
    ("POST", "contacts/", lambda ours, theirs: {"email": "new@new.test", "lists": [theirs.list.pk]}),
    ("PATCH", "contacts/{contact}/", lambda ours, theirs: {"values": {theirs.field.storage_key: "א"}}),
    ("POST", "lists/{list}/unsubscribe/", lambda ours, theirs: {"contact": theirs.contact.pk}),
    ("POST", "lists/{list}/subscribe/", lambda ours, theirs: {"contact": theirs.contact.pk}),
    ("POST", "contacts/search/", lambda ours, theirs: {"segment": theirs.segment.pk}),
    ("POST", "contacts/search/", lambda ours, theirs: {"rule": {"all": [{"list": theirs.list.pk}]}}),
    ("POST", "contacts/search/", lambda ours, theirs: {"values": {theirs.field.storage_key: "א"}}),
    ("POST", "events/", lambda ours, theirs: {"kind": "custom.visit", "contact": theirs.contact.pk}),
    (
        "POST",
        "surveys/{survey}/answers/",
        lambda ours, theirs: {
            "contact": theirs.friend.pk,
            "answers": {str(theirs.answered_survey.questions.first().pk): 5},
            "complete": False,
        },
    ),
    (
        "POST",
        "funnels/",
        lambda ours, theirs: {
            "name": "א",
            "stages": [{"name": "א", "matches": [{"kind": "page.viewed", "subject": theirs.page.pk}]}],
        },
    ),
    (
        "PATCH",
        "funnels/{funnel}/",
        lambda ours, theirs: {
            "stages": [{"name": "א", "matches": [{"kind": "page.viewed", "subject": theirs.page.pk}]}]
        },
    ),
]


@pytest.mark.usefixtures("untainted")
@pytest.mark.parametrize(
    ("method", "path", "body"), REST_BODIES, ids=[f"{case[0]} {case[1]} {n}" for n, case in enumerate(REST_BODIES)]
)
def test_rest_refuses_foreign_ids_in_a_body(method: str, path: str, body: Any, pair: Pair, key_of: Any) -> None:
    ours = pair.ours
    whole = path.format(
        contact=ours.contact.pk, list=ours.list.pk, funnel=ours.funnel.pk, survey=ours.answered_survey.pk
    )
    send = getattr(key_of(ours), method.lower())
    refused = send(whole, body(ours, pair.theirs))
    assert refused.status_code in (400, 404), refused.content
    assert pair.changed() == []
    with rows.undone():
        assert send(whole, body(ours, ours)).status_code < 300, "the counter-check"


BATCHES: list[tuple[str, Callable[[World], Any]]] = [
    ("contacts/batch/", lambda w: {"email": "new@new.test", "values": {w.field.storage_key: "א"}}),
    ("contacts/batch/", lambda w: {"email": "new@new.test", "lists": [w.list.pk]}),
    ("lists/{list}/subscribe/batch/", lambda w: w.contact.pk),
    ("lists/{list}/unsubscribe/batch/", lambda w: w.contact.pk),
    ("tags/{tag}/tag/batch/", lambda w: w.contact.pk),
    ("tags/{tag}/untag/batch/", lambda w: w.contact.pk),
]


@pytest.mark.usefixtures("untainted")
@pytest.mark.parametrize(("path", "row"), BATCHES, ids=[f"{case[0]} {n}" for n, case in enumerate(BATCHES)])
def test_a_row_of_a_batch_with_foreign_ids_is_refused(path: str, row: Any, pair: Pair, key_of: Any) -> None:
    ours = pair.ours
    whole = path.format(list=ours.list.pk, tag=ours.tag.pk)
    refused = key_of(ours).post(whole, {"contacts": [row(pair.theirs)]})
    assert [each["status"] for each in refused.json()["results"]] == ["refused"]
    assert pair.changed() == []
    with rows.undone():
        taken = key_of(ours).post(whole, {"contacts": [row(ours)]})
        assert taken.json()["results"][0]["status"] != "refused", "the counter-check"


@pytest.mark.usefixtures("untainted")
@pytest.mark.parametrize(
    "query", ["list={list}", "segment={segment}", "page={page}", "contact={contact}", "sharer={contact}"]
)
def test_rest_filters_find_nothing_foreign(query: str, pair: Pair, key_of: Any) -> None:
    theirs = pair.theirs
    filled = query.format(
        list=theirs.list.pk, segment=theirs.segment.pk, page=theirs.page.pk, contact=theirs.contact.pk
    )
    for path in ("contacts/", "submissions/", "referrals/", "events/", "mailings/", "segments/"):
        response = key_of(pair.ours).get(f"{path}?{filled}")
        assert response.status_code in (200, 400, 404)
        assert theirs.mark not in response.content.decode()


@pytest.mark.usefixtures("untainted")
def test_an_address_with_foreign_filters_shows_nothing_foreign(pair: Pair, signed_in: Any) -> None:
    """Every screen, with each id in its query replaced."""
    client, faults = signed_in(), []
    for screen in pair.crawl(client).screens:
        for link in screen.links:
            path, _mark, query = link.partition("?")
            if OWN.search(query):
                response = client.get(f"{path}?{foreign(query)}")
                if response.status_code >= 500 or pair.theirs.mark in response.content.decode():
                    faults.append(f"{path}?{foreign(query)}: {response.status_code}")
    none_of(sorted(set(faults)))
