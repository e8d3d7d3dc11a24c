"""The factories themselves: each makes a row whose parts belong to one business."""

from __future__ import annotations

from inspect import isclass

import pytest
from factory.django import DjangoModelFactory

from tests.crm import factories

EVERY = [
    thing
    for thing in vars(factories).values()
    if isclass(thing) and issubclass(thing, DjangoModelFactory) and thing is not DjangoModelFactory
]


@pytest.mark.django_db
@pytest.mark.parametrize("made_by", EVERY, ids=lambda factory: factory.__name__)
def test_every_factory_makes_a_row_and_its_traits_too(made_by):
    row = made_by()
    for name in ("contact", "list", "tag", "visitor", "segment"):
        if hasattr(row, f"{name}_id"):
            assert getattr(row, name).workspace_id == row.workspace_id
    for trait, declaration in made_by._meta.parameters.items():
        if type(declaration).__name__ == "Trait":
            assert made_by(**{trait: True}).pk


def test_the_cast_has_its_roles(owner, editor_user, analyst, workspace, owner_client, api):
    roles = {membership.user: membership.role for membership in workspace.memberships.all()}
    assert roles == {owner: "owner", editor_user: "editor", analyst: "analyst"}
    assert api.key.workspace == workspace
