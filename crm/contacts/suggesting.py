# ruff: noqa: S608  every piece of SQL is a constant of this file
"""Pairs of contacts who may be one person: found set-based by the clock, kept in a table, decided by a member.

Four reasons, the surest first. *The same phone*: the last nine digits, of the phone itself or written in a text field. *The
same e-mail*: without what follows a plus, and in Gmail without dots. *One by phone, one by e-mail*: the same name, of whom one
has only a phone and the other only an e-mail. *A similar name in the same area*.

Everything is grouped by a key computed in SQL, so a million contacts cost a few sorts and never a comparison of all with all.
A key that many share says nothing (a switchboard, משה כהן), so larger groups are passed over, of names those of more than two;
names of people who have a phone each are no reason; and no business is shown more than MOST pairs of a kind.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from crm.contacts.merging import register_merger
from crm.contacts.models import Contact, CustomField, DuplicateSearch, DuplicateSuggestion, FieldType
from crm.workspaces.models import Workspace

MOST = 500  # pairs of one reason in one search
GROUP = 4  # contacts that may share a key before it stops to mean anything
AT_ONCE = 50_000  # contacts of a business that is searched while its owner waits
Reason = DuplicateSuggestion.Reason

ALIVE = "c.workspace_id = %(workspace)s AND c.deleted_at IS NULL AND c.merged_into_id IS NULL"
# Hebrew without points, geresh and final letters; yod and waw inside a word come and go in writing; words in one order.
NAME = r"""(
    SELECT string_agg(word, ' ' ORDER BY word) FROM (
        SELECT regexp_replace(regexp_replace(part, '(?<=.)[וי]+(?=.)', '', 'g'), '(.)\1+', '\1', 'g') AS word
        FROM regexp_split_to_table(
            translate(lower(regexp_replace(c.first_name || ' ' || c.last_name, '[֑-ׇ''"`׳״.,-]', ' ', 'g')), 'ךםןףץ', 'כמנפצ'),
            '\s+'
        ) AS part WHERE part <> ''
    ) AS words
)"""
EMAIL = r"""CASE WHEN split_part(c.email, '@', 2) IN ('gmail.com', 'googlemail.com')
    THEN replace(split_part(split_part(c.email, '@', 1), '+', 1), '.', '') || '@gmail.com'
    ELSE split_part(split_part(c.email, '@', 1), '+', 1) || '@' || split_part(c.email, '@', 2) END"""
NINE = r"right(regexp_replace({0}, '\D', '', 'g'), 9)"
WRITTEN_PHONE = r"v.value ~ '^[\d\s()+./-]{9,25}$' AND length(regexp_replace(v.value, '\D', '', 'g')) BETWEEN 9 AND 14"

SOURCES = {
    Reason.PHONE: (
        f"SELECT c.id, {NINE.format('c.phone')} AS key FROM crm_contact c WHERE {ALIVE} AND c.phone IS NOT NULL "
        f"UNION SELECT c.id, {NINE.format('v.value')} FROM crm_contact c CROSS JOIN LATERAL jsonb_each_text(c.values) v "
        f"WHERE {ALIVE} AND v.key = ANY(%(texts)s) AND {WRITTEN_PHONE}"
    ),
    Reason.EMAIL: f"SELECT c.id, {EMAIL} AS key FROM crm_contact c WHERE {ALIVE} AND c.email IS NOT NULL",
    Reason.CHANNELS: (
        f"SELECT c.id, {NAME} AS key, CASE WHEN c.email IS NULL THEN 1 ELSE 2 END AS side FROM crm_contact c "
        f"WHERE {ALIVE} AND (c.email IS NULL) <> (c.phone IS NULL)"
    ),
    Reason.NAME: (
        f"SELECT c.id, {NAME} || ' @ ' || (c.values ->> %(area)s) AS key, c.phone AS side FROM crm_contact c "
        f"WHERE {ALIVE} AND c.values ? %(area)s AND c.first_name <> '' AND c.last_name <> ''"
    ),
}
SIDES = {  # two phones are two people, as far as a name can tell
    Reason.CHANNELS: "AND a.side <> b.side",
    Reason.NAME: "AND (a.side IS NULL OR b.side IS NULL)",
}
PAIRS = """
WITH keyed AS MATERIALIZED ({source}),
groups AS (SELECT key FROM keyed WHERE key <> '' {full} GROUP BY key HAVING count(*) BETWEEN 2 AND %(group)s)
INSERT INTO crm_duplicatesuggestion (workspace_id, one_id, other_id, reason, found_at, decided_by)
SELECT %(workspace)s, a.id, b.id, %(reason)s, %(now)s, ''
FROM groups g JOIN keyed a ON a.key = g.key JOIN keyed b ON b.key = g.key AND a.id < b.id {sides}
ORDER BY b.id DESC, a.id LIMIT %(most)s
ON CONFLICT (one_id, other_id) DO UPDATE SET found_at = EXCLUDED.found_at, reason = EXCLUDED.reason
WHERE crm_duplicatesuggestion.decided_at IS NULL AND crm_duplicatesuggestion.found_at < EXCLUDED.found_at
"""


@transaction.atomic
def search(workspace: Workspace, *, now: datetime | None = None) -> int:
    """Finds the pairs of a business anew and drops those that no longer look alike; returns how many wait for a decision.

    A pair that was decided on is left as it is, for ever.
    """
    with connection.cursor() as cursor:  # two searches take turns, and hold up nobody else
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"duplicates of {workspace.pk}"])
    now = now or timezone.now()
    for reason in SOURCES:
        _find(workspace, reason, now)
    workspace.duplicate_suggestions.filter(decided_at=None, found_at__lt=now).delete()
    DuplicateSearch.objects.update_or_create(workspace=workspace, defaults={"finished_at": now})
    return suggestions(workspace).count()


def _find(workspace: Workspace, reason: str, now: datetime) -> None:
    fields = CustomField.objects.filter(workspace=workspace)
    texts = [field.storage_key for field in fields.filter(type=FieldType.TEXT, archived_at=None)]
    area = fields.filter(key="area").first()
    if reason == Reason.NAME and area is None:
        return
    is_named = reason in (Reason.NAME, Reason.CHANNELS)
    sql = PAIRS.format(
        source=SOURCES[Reason(reason)],
        full=r"AND key ~ '^\S\S+ \S\S'" if is_named else "",  # a first name with an initial says nothing
        sides=SIDES.get(Reason(reason), ""),
    )
    asked: dict[str, Any] = {
        "workspace": workspace.pk,
        "texts": texts,
        "area": area.storage_key if area else "",
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, asked | {"reason": str(reason), "group": 2 if is_named else GROUP, "most": MOST})


def search_due(*, now: datetime | None = None) -> int:
    """Every business once, each in its own transaction; returns how many were searched."""
    businesses = list(Workspace.objects.order_by("pk"))
    for workspace in businesses:
        search(workspace, now=now)
    return len(businesses)


def suggestions(workspace: Workspace) -> QuerySet[DuplicateSuggestion]:
    """Pairs that wait for a decision, the surest first; both people are alive."""
    order = [When(reason=reason, then=Value(place)) for place, reason in enumerate(SOURCES)]
    rows = workspace.duplicate_suggestions.filter(decided_at=None).select_related("one", "other")
    alive = {f"{side}__{name}": None for side in ("one", "other") for name in ("deleted_at", "merged_into")}
    return rows.filter(**alive).order_by(Case(*order, default=Value(9), output_field=IntegerField()), "-id")


def suggestions_for(contact: Contact) -> QuerySet[DuplicateSuggestion]:
    return suggestions(contact.workspace).filter(Q(one=contact) | Q(other=contact))


@transaction.atomic
def tell_apart(one: Contact, other: Contact, actor: str) -> DuplicateSuggestion:
    """These are two people: the pair is never suggested again. Raises ValueError for one contact, or two businesses."""
    if one.pk == other.pk or one.workspace_id != other.workspace_id:
        raise ValueError("two contacts of one business are told apart")
    first, second = sorted((one, other), key=lambda contact: contact.pk)
    row, _made = DuplicateSuggestion.objects.update_or_create(
        one=first,
        other=second,
        defaults={"workspace_id": one.workspace_id, "decided_at": timezone.now(), "decided_by": actor[:40]},
    )
    return row


@transaction.atomic
def leave_open(one: Contact, other: Contact) -> bool:
    """Takes a decision back; says whether there was one. A pair nobody had suggested is forgotten."""
    low, high = sorted((one.pk, other.pk))
    rows = DuplicateSuggestion.objects.filter(one_id=low, other_id=high, decided_at__isnull=False)
    forgotten = rows.filter(reason="").delete()[0]
    return bool(rows.update(decided_at=None, decided_by="") or forgotten)


# -- what was decided about a duplicate holds for whom it was merged into -----------------------------------------------
def _carry(winner: Contact, loser: Contact) -> list[int]:
    """Whoever is not the loser is not the winner either. Returns the rows made for that."""
    about = Q(one=loser) | Q(other=loser)
    decided = list(DuplicateSuggestion.objects.filter(about, decided_at__isnull=False))
    made = []
    for row in decided:
        third = row.other_id if row.one_id == loser.pk else row.one_id
        if third == winner.pk:
            continue
        low, high = sorted((winner.pk, third))
        facts = {"workspace_id": row.workspace_id, "decided_at": row.decided_at, "decided_by": row.decided_by}
        new, is_new = DuplicateSuggestion.objects.get_or_create(one_id=low, other_id=high, defaults=facts)
        made += [new.pk] if is_new else []
    return made


def _take_back(winner: Contact, loser: Contact, memo: Any) -> None:
    DuplicateSuggestion.objects.filter(pk__in=memo or [], reason="").delete()


register_merger(
    "duplicates",
    _carry,
    _take_back,
    covers=["crm.DuplicateSuggestion.one", "crm.DuplicateSuggestion.other"],
)
