from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import factory
from factory.django import DjangoModelFactory

from funnels.models import Funnel, Stage
from tests.crm.factories import WorkspaceFactory


class FunnelFactory(DjangoModelFactory[Funnel]):
    class Meta:
        model = Funnel

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("מהדף לקנייה {}".format)


class StageFactory(DjangoModelFactory[Stage]):
    class Meta:
        model = Stage

    funnel = factory.SubFactory(FunnelFactory)
    position = factory.Sequence(int)
    name = factory.Sequence("שלב {}".format)


def funnel_of(kinds: Iterable[str | dict[str, Any]], *, optional: Iterable[int] = (), **fields: Any) -> Funnel:
    """A funnel whose stage i is reached by kind i; a dict is a whole alternative."""
    funnel = FunnelFactory(**fields)
    for number, kind in enumerate(kinds):
        match = kind if isinstance(kind, dict) else {"kind": kind}
        StageFactory(funnel=funnel, position=number, name=f"s{number}", matches=[match], is_optional=number in optional)
    return funnel
