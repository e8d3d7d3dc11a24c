from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.models import User, Workspace
from crm.rules import counting, drafting
from crm.rules.builder import Builder
from crm.rules.counting import Reach
from crm.rules.fields import RuleField
from tests.crm.factories import ConsentFactory, ContactFactory, CustomFieldFactory, ListFactory, TagFactory
from tests.swaps import elements, part

URL = "/w/foam/rules/builder/"
EMAIL = {"field": "email", "op": "contains", "value": "@"}


def controls(markup: str) -> dict[str, list[str]]:
    """What a browser would send of the builder."""
    sent: dict[str, list[str]] = {}
    for element in elements(part(markup, "rule-builder")):
        attributes = dict(element.attributes)
        name, kind = attributes.get("name"), attributes.get("type")
        if element.name == "input" and name and (kind not in ("checkbox", "radio") or "checked" in attributes):
            sent.setdefault(name, []).append(attributes.get("value", ""))
        if element.name == "select" and name:
            options = [dict(e.attributes) for e in elements(element) if e.name == "option"]
            chosen = next((option for option in options if "selected" in option), options[0])
            sent[name] = [chosen.get("value", "")]
    return sent


def post(client: Client, data: dict[str, Any], **extra: Any) -> str:
    response = client.post(URL, {"builder": "rule", "live": "1", **data, **extra}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def tree_of(markup: str) -> Any:
    return json.loads(controls(markup)["rule"][0])


@pytest.fixture
def english(owner: User) -> None:
    owner.language = "en"
    owner.save()


@pytest.mark.usefixtures("english")
def test_a_rule_is_built_step_by_step(owner_client: Client, workspace: Workspace) -> None:
    score = CustomFieldFactory(workspace=workspace, label="Score", number=True).storage_key
    news = ListFactory(workspace=workspace, name="News")
    ConsentFactory(contact=ContactFactory(workspace=workspace, values={score: 7}))
    ContactFactory(workspace=workspace, values={score: 3})
    sent = controls(post(owner_client, {"rule": "{}"}, act="add:r"))
    assert sent["rule-r0-what"] == [""]
    sent = controls(post(owner_client, sent | {"rule-r0-what": f"field:{score}"}))
    markup = post(owner_client, sent | {"rule-r0-op": ">=", "rule-r0-value": "5"}, act="except:r")
    sent = controls(markup)
    markup = post(owner_client, sent | {"rule-r1_0-what": "list"})
    markup = post(owner_client, controls(markup) | {"rule-r1_0-value": str(news.pk)})
    assert tree_of(markup) == {"all": [{"field": score, "op": ">=", "value": 5}, {"none": [{"list": news.pk}]}]}
    text = re.sub(r"<[^>]+>|\s+", " ", markup)
    assert "1 person" in text
    assert "of 2 (50.0%)" in " ".join(text.split())
    assert "1 of them can be mailed" in text
    assert "People whose Score is at least 5 , except those who are on the list News ." in " ".join(text.split())


def test_a_changed_value_brings_the_news_only_and_leaves_the_controls_alone(
    owner_client: Client, workspace: Workspace
) -> None:
    ContactFactory(workspace=workspace, email="dana@x.test")
    data = {"rule": json.dumps({"all": [EMAIL]}), "rule-r0-what": "field:email", "rule-r0-op": "contains"}
    news = post(owner_client, data | {"rule-r0-value": "dana"}, news="1")
    assert "<select" not in news
    assert {"rule-json", "rule-reading", "rule-totals", "rule-r0-count"} <= set(re.findall(r'id="([^"]+)"', news))
    assert "dana" in news


def test_rows_and_groups_are_removed(owner_client: Client) -> None:
    rule = json.dumps({"all": [EMAIL, {"any": [EMAIL, {"known": True}]}]})
    assert tree_of(post(owner_client, {"rule": rule}, act="remove:r1_0")) == {
        "all": [EMAIL, {"any": [{"known": True}]}]
    }
    assert tree_of(post(owner_client, {"rule": rule}, act="remove:r1")) == {"all": [EMAIL]}
    for nonsense in (
        "remove:r9",
        "remove:r",
        "remove:",
        "add:r0",
        "add:zz",
        "group:r9_9",
        "fly:r",
        "add:r٣",
        "remove:r" + "9" * 5000,
    ):
        assert tree_of(post(owner_client, {"rule": rule}, act=nonsense)) == json.loads(rule)


def test_another_field_starts_afresh(owner_client: Client, workspace: Workspace) -> None:
    born = CustomFieldFactory(workspace=workspace, date=True).storage_key
    data = {
        "rule": json.dumps({"all": [EMAIL]}),
        "rule-r0-what": f"field:{born}",
        "rule-r0-op": "contains",
        "rule-r0-value": "@",
    }
    assert tree_of(post(owner_client, data)) == {"all": [{"field": born, "op": "last", "value": None}]}


def test_groups_nest_to_the_depth_that_the_grammar_allows(owner_client: Client) -> None:
    markup, place = post(owner_client, {"rule": "{}"}), "r"
    for _ in range(7):
        markup = post(owner_client, controls(markup), act=f"group:{place}")
        place = "r1" if place == "r" else f"{place}_1"
        markup = post(owner_client, controls(markup), act=f"add:{'_'.join(place.split('_')[:-1]) or 'r'}")
    tree = tree_of(markup)
    depth, node = 0, tree
    while node:
        depth, node = depth + 1, next((m for m in next(iter(node.values())) if m), None)
    assert depth <= 5


def test_the_builder_is_for_members_of_the_business(client: Client, client_as: Any, analyst: User) -> None:
    assert client.post(URL).status_code == 302
    assert client_as(analyst).post(URL, {"builder": "rule"}).status_code == 200
    assert client_as(analyst).post(URL, {"builder": "x' onload="}).status_code == 404
    assert client_as(analyst).get(URL).status_code == 405


def test_whatever_a_browser_is_made_to_send_is_drawn_and_never_breaks(
    owner_client: Client, workspace: Workspace
) -> None:
    TagFactory(workspace=workspace)
    CustomFieldFactory(workspace=workspace, choices=True)
    keys = "all any none field op value list tag event times subject segment known consent within_days email f1 one_of"
    words = st.sampled_from([*keys.split(), "contact.created"])
    scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4), words)
    trees = st.recursive(scalars, lambda t: st.one_of(st.lists(t, max_size=3), st.dictionaries(words, t, max_size=2)))
    parts = st.sampled_from(["what", "op", "value", "value2", "how", "subject", "period", "times", "times_op"])
    sent = st.dictionaries(
        st.builds("rule-{}-{}".format, st.sampled_from(["r", "r0", "r1", "r0_0"]), parts),
        st.one_of(st.text(max_size=8), words, st.sampled_from(["field:email", "event:contact.created", "tag", "consent"])),
        max_size=4,
    )  # fmt: skip

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tree=trees, sent=sent)
    def check(tree: Any, sent: dict[str, str]) -> None:
        data = QueryDict(mutable=True)
        data.update({"rule": json.dumps({"all": [tree]}), **sent})
        drawn = Builder(workspace, drafting.read_form(data, "rule", workspace))
        RuleField(workspace).widget.render("rule", drawn.tree)

    check()


class Form(forms.Form):
    def __init__(self, data: Any, workspace: Workspace) -> None:
        super().__init__(data)
        self.fields["rule"] = RuleField(workspace)


def test_a_form_takes_the_builders_controls_over_its_hidden_json(workspace: Workspace) -> None:
    data = QueryDict(mutable=True)
    data.update({"rule": json.dumps({"all": [EMAIL, {}]}), "rule-r0-what": "field:email", "rule-r0-op": "equals"})
    data["rule-r0-value"] = "dana@x.test"
    form = Form(data, workspace)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["rule"] == {"all": [{"field": "email", "op": "equals", "value": "dana@x.test"}]}


def test_a_form_takes_plain_json_and_refuses_what_is_no_rule(workspace: Workspace) -> None:
    assert Form({"rule": json.dumps(EMAIL)}, workspace).is_valid()
    assert Form({"rule": ""}, workspace).is_valid()
    unfinished = Form({"rule": json.dumps({"any": [EMAIL, {}, EMAIL | {"value": ""}]})}, workspace)
    assert not unfinished.is_valid()
    with translation.override("en"):
        assert "Write what to look for." in str(unfinished["rule"])
    assert 'id="rule-r1-fault"' in str(unfinished["rule"])


def test_counting_gives_up_in_time(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Reach("slow", "%(count)s", lambda w: ("(pg_sleep(0.1) IS NOT NULL)", []))
    monkeypatch.setattr(counting, "PATIENCE_MS", 40)
    monkeypatch.setattr(counting, "_reaches", {"slow": slow})
    ContactFactory(workspace=workspace)
    told = Builder(workspace, {"all": [EMAIL]}).counts
    assert told is not None
    assert (told.total, told.each, told.reached) == (1, [None], [])
    monkeypatch.setattr(counting, "EVERYBODY", counting.EVERYBODY + " AND pg_sleep(0.1) IS NOT NULL")
    assert Builder(workspace, {"all": [EMAIL]}).counts is None
    assert ContactFactory(workspace=workspace).pk, "the connection is usable afterwards"
