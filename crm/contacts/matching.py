"""Who fits a rule, as a queryset of contacts that are alive."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, Func

from crm.contacts.models import Contact, ContactQuerySet
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


def contacts(workspace: Workspace, rule: Node | None, *, now: datetime | None = None) -> ContactQuerySet:
    """The people a clean rule holds for; `{}` is everybody."""
    everybody: ContactQuerySet = Contact.objects.filter(workspace=workspace).alive()
    return everybody.filter(Fits(*interpreter.where(rule, workspace, now=now))) if rule else everybody
