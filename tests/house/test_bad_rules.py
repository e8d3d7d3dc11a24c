"""Rules, blocks, merge tags and revisions that cannot be: refused with their place, and nothing changed."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.content import merging
from tests.campaigns.factories import block
from tests.house import naughty, routes, rows
from tests.house.conftest import Pair
from tests.house.judging import Judge, post
from tests.house.routes import Route

FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

# -- rules and blocks ----------------------------------------------------------------------------------------------------------

words = st.sampled_from([*naughty.WORDS.values(), naughty.SURROGATE, "email", "contains", "f1", "page.viewed", "vip"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | words
keys = (
    st.sampled_from(
        "all any none field op value list tag segment event subject within_days times consent known".split()
    )
    | words
)
junk = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)
near = st.fixed_dictionaries(
    {"field": st.sampled_from(["email", "created_at", "f9"]), "op": words, "value": junk}
) | st.fixed_dictionaries(
    {"event": st.sampled_from(["page.viewed", "custom.x"]), "subject": junk, "within_days": junk, "times": junk}
)
rules = junk | st.fixed_dictionaries({"all": st.lists(near | junk, max_size=4)})
HANDPICKED: list[Any] = [
    {"all": [{"list": True}]},
    {"all": [{"list": 1.5}]},
    {"all": [{"list": 2**70}]},
    {"all": [{"field": "email", "op": "contains"}]},
    {"all": [{"field": "email", "op": "regex", "value": "("}]},
    {"all": [{"field": "f1); DROP TABLE crm_contact", "op": "is", "value": 1}]},
    {"all": [{"event": "page.viewed", "within_days": 10**12}]},
    {"all": [{"event": "page.viewed", "times": [">=", -1]}]},
    {"all": [{"tag": "a\x00b"}]},
    {"all": [{"tag": naughty.SURROGATE}]},
    {"all": [{"known": "yes"}]},
    {"all": [], "any": []},
    {"all": [{}] * 51},
    {"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"known": True}]}]}]}]}]}]},
]


def send_rule(pair: Pair, key: Any, client: Client, rule: Any) -> None:
    text, slug, judge = json.dumps(rule), pair.ours.slug, Judge(pair)
    create = reverse("segments:segment_create", args=[slug])
    stage = {"name": "א", "matches": [{"kind": "page.viewed", "rule": rule}]}
    asked = {
        "REST": partial(post, key, "segments/", {"name": "חדש", "rule": rule}),
        "create": partial(client.post, create, {"name": "חדש", "rule": text}),
        "open": partial(client.get, create, {"rule": text}),
        "builder": partial(
            client.post, reverse("rules:builder", args=[slug]), {"builder": "rule", "rule": text, "live": "1"}
        ),
        "funnel": partial(post, key, "funnels/", {"name": "א", "stages": [stage]}),
    }
    for name, send in asked.items():
        judge(f"{name} {text[:300]}", send)
    judge.rule()


@FEW
@given(rule=rules)
def test_malformed_rules_are_refused(rule: Any, pair: Pair, key_of: Any, signed_in: Any) -> None:
    send_rule(pair, key_of(pair.ours), signed_in(), rule)


@pytest.mark.parametrize("number", range(len(HANDPICKED)))
def test_handpicked_rules_are_refused(number: int, pair: Pair, key_of: Any, signed_in: Any) -> None:
    rule = HANDPICKED[number]
    send_rule(pair, key_of(pair.ours), signed_in(), rule)
    refused = post(key_of(pair.ours), "segments/", {"name": "חדש", "rule": rule})
    assert refused.status_code == 400
    told = json.dumps(refused.json())
    assert "rule" in told or "parse_error" in told, "the fault says where it is"


shapes = st.fixed_dictionaries(
    {},
    optional={
        "id": words | st.just("abcdefgh"),
        "type": st.sampled_from(["heading", "text", "image", "button", "spacer", "form", "whatsapp_share", "nonsense"])
        | junk,
        "data": st.dictionaries(
            st.sampled_from("text link file alt size level align questions lists tags button consents".split()),
            junk,
            max_size=5,
        )
        | junk,
        "rule": rules,
        "pair": junk,
        "more": junk,
    },
)


@FEW
@given(blocks=st.lists(shapes | junk, max_size=3) | junk)
def test_malformed_blocks_are_refused(blocks: Any, pair: Pair, key_of: Any) -> None:
    judge, body = Judge(pair), {"name": "חדש", "purpose": "content", "blocks": blocks}
    judge(json.dumps(blocks)[:300], partial(post, key_of(pair.ours), "mailings/", body))
    judge.rule()


def test_an_unknown_merge_tag_is_refused_with_its_place(pair: Pair, key_of: Any, signed_in: Any) -> None:
    key, word = key_of(pair.ours), "{{ nosuch }}"
    with pytest.raises(merging.MergeError):
        merging.clean(word, pair.ours.workspace)
    new = {"name": "חדש", "purpose": "content"}
    refused = key.post("mailings/", new | {"blocks": [block("text", text=word)]})
    assert refused.status_code == 400
    assert "text" in json.dumps(refused.json())
    assert key.post("mailings/", new | {"subject": word, "blocks": []}).status_code == 400
    asked = {"editing": "content", "revision": "1", "text": word}
    url = reverse("content:editor_block", args=[pair.ours.slug, pair.ours.document.pk, pair.ours.block["id"]])
    assert signed_in().post(url, asked, headers={"HX-Request": "true"}).status_code == 422
    assert pair.changed() == []


VERBS = [route for route in routes.members() if route.name.startswith("content:editor_")]


@pytest.mark.parametrize("route", VERBS, ids=str)
def test_a_stale_revision_is_refused(route: Route, pair: Pair, signed_in: Any) -> None:
    """Somebody saved meanwhile: 409, with or without htmx, and nothing is overwritten."""
    type(pair.ours.document).objects.filter(pk=pair.ours.document.pk).update(revision=7)
    before = rows.everything()
    url = route.url(pair.ours).split("?")[0]
    ids = ",".join(each["id"] for each in pair.ours.document.blocks)
    body = {
        "revision": "6",
        "type": "text",
        "ids": ids,
        "audience": "known",
        "step": "up",
        "editing": "content",
        "text": "חדש",
    }
    for headers in ({}, {"HX-Request": "true"}):
        assert signed_in().post(url, body, headers=headers).status_code == 409
    assert rows.changed(before, rows.everything()) == []
