"""Finding people by parts of words through one index of every three letters (`contact_words`, crm/migrations/0031).

Two letters are not enough for it in the middle of a word, so they are looked for at the beginning of one: there a space counts
as a letter. What the index finds is only a first choice; the caller says in which field it must stand.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func, Q

from crm.rules.comparing import escaped

SHORT = 3
# Letter for letter the expression of the index, or PostgreSQL would not know it again.
NAMES = "' ' || {0}.first_name || ' ' || {0}.last_name"
TEXT = f"lower({NAMES} || ' ' || coalesce({{0}}.email, '') || ' ' || coalesce({{0}}.phone, ''))"


class Holds(Func):
    """Whether the words of a contact match a pattern of LIKE, whatever the case."""

    output_field = BooleanField()

    def __init__(self, pattern: str) -> None:
        super().__init__(F("pk"))
        self.pattern = pattern

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (column,) = self.source_expressions
        alias = compiler.quote_name_unless_alias(column.alias)  # type: ignore[attr-defined]
        return f"{TEXT.format(alias)} LIKE lower(%s)", [self.pattern]


def holding(word: str) -> Q:
    """Those among whose names, e-mail and phone the word may stand."""
    part = escaped(word)
    return Q(Holds(f"%{part}%" if len(word) >= SHORT else f"% {part}%"))
