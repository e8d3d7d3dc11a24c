"""A large business made in SQL: a million Hebrew contacts and ten million events in a few minutes, the same every time.

Everything is drawn from a hash of the row's number, so two runs make the same people.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from config.bench.measuring import Scale
from config.launcher.words import say
from crm.contacts import defining
from crm.contacts.models import Contact, CustomField, List, Tag
from crm.timeline import partitions
from crm.timeline.models import Event
from crm.workspaces import founding
from crm.workspaces.models import Role, User, Workspace

FIRST = "מאיה אורי נועה יואב דנה גיל תמר איתי רוני שירה עומר ליאור הדס אסף יעל נדב מיכל עידו קרן אלון".split()
LAST = "כהן לוי מזרחי פרץ ביטון דהן אברהם פרידמן מלכה אזולאי כץ יוסף דוד עמר אוחיון חדד גבאי בן־דוד אדרי לוין".split()
CITIES = (
    "ירושלים;תל אביב;חיפה;ראשון לציון;פתח תקווה;אשדוד;נתניה;באר שבע;בני ברק;חולון;רמת גן;רחובות;בת ים;הרצליה".split(";")
)
DAYS = 365
HEAVY_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class Large:
    """The business and what scenarios ask of it. `heavy` is a contact with 5,000 events of their own."""

    workspace: Workspace
    owner: User
    city: CustomField
    spent: CustomField
    visit: CustomField
    vip: Tag
    news: List
    heavy: int


def populate(scale: Scale, *, slug: str = "bench-large") -> Large:
    """Makes the business, or finds the one an earlier call made at this scale. Says what it does on standard error."""
    name = f"{slug}-{scale.contacts}-{scale.events}"
    workspace = Workspace.objects.filter(slug=name).first()
    is_new = workspace is None
    if workspace is None:
        owner = User.objects.create_user(f"{name}@example.test", "bench-only", name="Bench", language="he")
        workspace = founding.found(owner, name="ביצועים", slug=name, language="he")
    large = _furnished(workspace)
    if is_new:
        partitions.prepare((timezone.now() - timedelta(days=DAYS + 31)).date(), timezone.now().date())
        _people(large, scale)
        _happenings(large, scale)
        with _step("statistics"), connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return _furnished(workspace) if is_new else large


def _furnished(workspace: Workspace) -> Large:
    membership = workspace.memberships.select_related("user").get(role=Role.OWNER)
    fields = {field.label: field for field in workspace.custom_fields.all()}
    for label, type in (("עיר", "text"), ("סכום קניות", "number"), ("ביקור אחרון", "date")):
        if label not in fields:
            fields[label] = defining.define(workspace, field=None, said={"label": label, "type": type}, options=())
    tag, _made = Tag.objects.get_or_create(workspace=workspace, name="vip")
    news, _made = List.objects.get_or_create(workspace=workspace, name="ניוזלטר")
    heavy = Contact.objects.filter(workspace=workspace, email="p1@example.test").values_list("pk", flat=True).first()
    parts = (fields["עיר"], fields["סכום קניות"], fields["ביקור אחרון"])
    return Large(workspace, membership.user, *parts, tag, news, heavy or 0)


PEOPLE = """
INSERT INTO crm_contact (workspace_id, email, phone, first_name, last_name, "values", source, created_at, updated_at)
SELECT %(workspace)s, CASE WHEN h %% 10 > 0 OR g = 1 THEN 'p' || g || '@example.test' END,
       CASE WHEN h %% 10 < 6 THEN '+9725' || lpad(g::text, 8, '0') END,
       (%(first)s::text[])[1 + h %% %(firsts)s], (%(last)s::text[])[1 + (h / 32) %% %(lasts)s],
       jsonb_strip_nulls(jsonb_build_object(
           %(city)s::text, (%(cities)s::text[])[1 + (h / 1024) %% %(count)s], %(spent)s::text, (h / 64) %% 5000,
           %(visit)s::text, to_char(%(now)s::timestamptz - make_interval(days => ((h / 4096) %% 730)::int), 'YYYY-MM-DD'))),
       (ARRAY['facebook', 'google', 'friend', ''])[1 + h %% 4],
       at, at
FROM (SELECT g, h, %(now)s::timestamptz - make_interval(secs => ((h / 16) %% 31536000)::int) AS at
      FROM (SELECT g, abs(hashint8(g))::bigint AS h FROM generate_series(%(from)s, %(to)s) g) drawn) dated
"""
TAGGED = """
INSERT INTO crm_contacttag (workspace_id, tag_id, contact_id, created_at)
SELECT %s, %s, id, created_at FROM crm_contact WHERE workspace_id = %s AND abs(hashint8(id)) %% 20 = 0
"""
JOINED = """
INSERT INTO crm_subscription (workspace_id, list_id, contact_id, status, joined_at)
SELECT %s, %s, id, 'joined', created_at FROM crm_contact WHERE workspace_id = %s AND abs(hashint8(id)) %% 10 < 7
"""
AGREED = """
INSERT INTO crm_consent (workspace_id, contact_id, channel, state, source, wording, form_version, actor, created_at, is_current)
SELECT %s, id, 'email', 'granted', 'form', 'bench', '', 'contact', created_at, true
FROM crm_contact WHERE workspace_id = %s AND email IS NOT NULL AND abs(hashint8(id)) %% 10 < 6
"""
HAPPENED = """
INSERT INTO crm_event (workspace_id, contact_id, kind, subject_type, subject_id, subject_label, occurred_at, source, medium,
                       campaign, value, currency, properties, actor, verdict, verdict_reason)
SELECT %(workspace)s, %(base)s + h %% %(people)s,
       (ARRAY['mailing.sent', 'mailing.sent', 'mailing.sent', 'mailing.sent', 'mailing.opened', 'mailing.opened',
              'mailing.clicked', 'form.submitted', 'order.placed', 'field.changed'])[1 + (h / 7) %% 10],
       'mailing', 1 + (h / 128) %% 20, 'דיוור', %(now)s::timestamptz - make_interval(secs => ((h / 3) %% %(span)s)::int),
       '', '', '', NULL, '', '{}', '', 'human', ''
FROM (SELECT abs(hashint8extended(g, 7)) AS h FROM generate_series(%(from)s::bigint, %(to)s) g) drawn
"""
CHUNK = 250_000


def _people(large: Large, scale: Scale) -> None:
    keys: dict[str, Any] = {
        "city": large.city.storage_key,
        "spent": large.spent.storage_key,
        "visit": large.visit.storage_key,
    }
    words: dict[str, Any] = {
        "first": FIRST,
        "firsts": len(FIRST),
        "last": LAST,
        "lasts": len(LAST),
        "cities": CITIES,
        "count": len(CITIES),
    }
    pk = large.workspace.pk
    with _step(f"{scale.contacts:,} contacts"), connection.cursor() as cursor:
        for start, end in _chunks(scale.contacts):
            span: dict[str, Any] = {"from": start, "to": end, "now": timezone.now(), "workspace": pk}
            cursor.execute(PEOPLE, keys | words | span)
        cursor.execute(TAGGED, [pk, large.vip.pk, pk])
        cursor.execute(JOINED, [pk, large.news.pk, pk])
        cursor.execute(AGREED, [pk, pk])


def _happenings(large: Large, scale: Scale) -> None:
    """Ids of the people just made are consecutive, so a number drawn is a person."""
    ids = Contact.objects.filter(workspace=large.workspace).order_by("pk").values_list("pk", flat=True)
    base = ids.first() or 0
    said: dict[str, Any] = {"workspace": large.workspace.pk, "now": timezone.now(), "span": DAYS * 86_400}
    with _step(f"{scale.events:,} events"), _without_indexes(), connection.cursor() as cursor:
        for start, end in _chunks(scale.events):
            people = {"base": base, "people": scale.contacts, "from": start, "to": end}
            cursor.execute(HAPPENED, said | people)
        cursor.execute(HAPPENED, said | {"base": base, "people": 1, "from": 1, "to": min(HEAVY_EVENTS, scale.events)})


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Ten million rows go in several times faster while no index follows them."""
    with connection.schema_editor(atomic=False) as editor:
        for index in Event._meta.indexes:
            editor.remove_index(Event, index)
        yield
        for index in Event._meta.indexes:
            editor.add_index(Event, index)


def _chunks(total: int) -> Iterator[tuple[int, int]]:
    for start in range(1, total + 1, CHUNK):
        yield start, min(start + CHUNK - 1, total)


@contextmanager
def _step(words: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    say(f"  {words}: {time.monotonic() - started:.0f} s")
