"""A rule as a condition of a queryset of contacts, whatever SQL calls their table."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, Func

from crm.contacts.models import ContactQuerySet
from crm.rules import interpreter
from crm.rules.criteria import Node
from crm.workspaces.models import Workspace

ROW = re.compile(r"\bc\.")


class Fits(Func):
    """The interpreter's SQL over whatever the queryset calls its contacts."""

    output_field = BooleanField()

    def __init__(self, sql: str, params: list[Any]) -> None:
        super().__init__(F("pk"))
        self.sql, self.params = sql, params

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        (column,) = self.source_expressions
        alias = compiler.quote_name_unless_alias(column.alias)  # type: ignore[attr-defined]
        return ROW.sub(f"{alias}.", self.sql), list(self.params)


def fitting(
    contacts: ContactQuerySet, rule: Node | None, workspace: Workspace, *, now: datetime | None = None
) -> ContactQuerySet:
    """Those of `contacts` that a clean rule holds for; `{}` narrows nothing."""
    return contacts.filter(Fits(*interpreter.where(rule, workspace, now=now))) if rule else contacts
