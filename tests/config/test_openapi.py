from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from config.api import router
from crm.bulk.models import BulkAct
from crm.contacts.models import FieldType
from surveys.models import Band, Score, Survey


@pytest.mark.django_db
def test_the_schema_is_valid_and_leaves_nothing_to_guess(tmp_path: Any) -> None:
    target = tmp_path / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(target))
    paths = json.loads(target.read_text())["paths"]
    prefixes = [re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", prefix) for prefix, _viewset, _name in router.registry]
    assert {f"/api/v1/{prefix}/" for prefix in prefixes} <= set(paths)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["schema/", "docs/"])
def test_the_schema_and_its_page_are_open(path: str) -> None:
    assert Client().get(f"/api/v1/{path}").status_code == 200


@pytest.mark.django_db
def test_kinds_of_surveys_and_of_answers_are_told_by_their_values() -> None:
    schemas = (
        Client()
        .get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
        .json()["components"]["schemas"]
    )
    told = {
        ("Survey", "kind"): Survey.Kind.values,
        ("Survey", "status"): Survey.Status.values,
        ("Survey", "access"): Survey.Access.values,
        ("Question", "type"): FieldType.values,
        ("Band", "tone"): Band.Tone.values,
        ("Score", "method"): Score.Method.values,
        ("BulkAct", "kind"): BulkAct.Kind.values,
    }
    for (schema, name), values in told.items():
        named = schemas[schema]["properties"][name]
        (reference,) = [each["$ref"] for each in named.get("allOf", [named])]
        assert schemas[reference.rpartition("/")[2]]["enum"] == values, name
