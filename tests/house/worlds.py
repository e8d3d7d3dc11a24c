"""Two businesses full of everything, so that a request of one can be tried with the things of the other.

Every row of a table has an id from a range of its own: 1TT1xxx in our business and 1TT5xxx in theirs, TT counting tables. So an
id found anywhere names its row, and an id of theirs inside ours is a leak wherever it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from campaigns.content.models import Document
from campaigns.mailings import sending
from campaigns.pages.publishing import publish
from campaigns.pages.starting import FRIEND, start
from crm.contacts.starter import make_starter_fields
from crm.imports import planning
from crm.models import Contact, Visitor, Workspace
from crm.workspaces.models import hash_secret
from surveys import answering, arranging, composing, ready
from surveys.models import Survey
from tests.campaigns.factories import DocumentFactory, block
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, started
from tests.campaigns.pages.factories import LandingPageFactory, ReferralFactory, ShareLinkFactory, SubmissionFactory
from tests.crm.factories import (
    ApiKeyFactory,
    AuditEntryFactory,
    BulkActFactory,
    BulkRowFactory,
    ConsentFactory,
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    DuplicateSuggestionFactory,
    FieldGroupFactory,
    FileFactory,
    IdentityEdgeFactory,
    InvitationFactory,
    ListFactory,
    MembershipFactory,
    NoteFactory,
    OutboxMessageFactory,
    PendingConsentFactory,
    SavedViewFactory,
    SegmentFactory,
    SegmentMemberFactory,
    SubjectRequestFactory,
    SubscriptionFactory,
    SuppressionFactory,
    TagFactory,
    TaskFactory,
    VisitorFactory,
    WorkspaceFactory,
    make_event,
)
from tests.crm.imports import driving
from tests.funnels.factories import funnel_of
from tests.house import automating
from tests.surveys.factories import make_satisfaction, make_survey

OURS, THEIRS, NEW = 1000, 5000, 8000
APPS = ("crm", "campaigns", "funnels", "surveys")
TYPES = ("text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


def tables() -> list[type[models.Model]]:
    """Our models, in a fixed order."""
    found = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    return sorted(found, key=lambda model: model._meta.db_table)


def serials() -> dict[str, str]:
    """table -> its sequence."""
    with connection.cursor() as cursor:
        found = {}
        for model in tables():
            if isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
                table, column = model._meta.db_table, model._meta.pk.column
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column])
                found[table] = cursor.fetchone()[0]
    return found


def count_from(start_at: int) -> None:
    """The next row of every table gets an id of this range."""
    with connection.cursor() as cursor:
        for number, sequence in enumerate(serials().values()):
            cursor.execute("SELECT setval(%s, %s)", [sequence, 1_000_000 + 10_000 * number + start_at])


def marks() -> dict[str, tuple[int, bool]]:
    """Where every sequence stands, to be put back."""
    with connection.cursor() as cursor:
        found = {}
        for sequence in serials().values():
            cursor.execute(f"SELECT last_value, is_called FROM {sequence}")
            found[sequence] = cursor.fetchone()
    return found


def put_back(kept: dict[str, tuple[int, bool]]) -> None:
    with connection.cursor() as cursor:
        for sequence, (value, called) in kept.items():
            cursor.execute("SELECT setval(%s, %s, %s)", [sequence, value, called])


@dataclass
class World:
    """One business; every attribute beside the first is a row of it, or what a person of it holds."""

    workspace: Workspace
    mark: str
    users: dict[str, Any] = field(default_factory=dict)
    secret: str = ""
    invitation_token: str = ""
    things: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["things"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def slug(self) -> str:
        return self.workspace.slug

    def put(self, **things: Any) -> None:
        self.things |= things


def build(slug: str, mark: str, domain: str) -> World:
    """`mark` is a word that stands in everything this business wrote; `domain` ends its people's addresses."""
    workspace = WorkspaceFactory(
        slug=slug, name=f"קצף {mark}", with_sender=True, sender_name=f"שולחת {mark}", sender_email=f"hello@{domain}"
    )
    world = World(workspace, mark)
    _team(world, domain)
    _people(world, domain)
    _groups(world)
    _noted(world)
    _acts(world)
    _content(world)
    _sharing(world, domain)
    _funnel(world)
    _surveys(world)
    automating.fill(world)
    _imports(world, domain)
    _log(world)
    return world


def _imports(world: World, domain: str) -> None:
    """A file that waits for its plan, one that was checked, and one whose people are in, but for a row."""
    rows = [["מייל", "משפחה", "פרט"], [f"new@{domain}", world.mark, "ייבוא"], ["שבור", world.mark, "ייבוא"]]
    world.put(
        importing=_file(world, rows),
        checked_import=_planned(world, [rows[0], [f"later@{domain}", world.mark, "אחר"]]),
        done_import=driving.started(_planned(world, rows)),
    )


def _file(world: World, rows: list[list[str]]) -> Any:
    return driving.uploaded(world.workspace, rows, by=world.users["owner"], name=f"קובץ {world.mark}")


def _planned(world: World, rows: list[list[str]]) -> Any:
    importing = _file(world, rows)
    targets = ["email", "last_name", world.field.storage_key]
    wanted = {"lists": [world.list.pk], "tags": [world.tag.name]}
    planning.accept(importing, driving.plan_of(targets, **wanted), by=world.users["owner"])
    driving.work()
    return driving.fresh(importing)


def _team(world: World, domain: str) -> None:
    for role, traits in {"owner": {}, "editor": {"editor": True}, "analyst": {"analyst": True}}.items():
        fields = {"user__email": f"{role}@{domain}", "user__name": f"{role} {world.mark}"}
        membership = MembershipFactory(workspace=world.workspace, **traits, **fields)
        world.users[role] = membership.user
        world.things[f"{role}_membership"] = membership
    world.secret, world.invitation_token = f"mk_{world.slug}", f"invitation-{world.slug}"
    hashed = hash_secret(world.invitation_token)
    world.put(
        membership=world.analyst_membership,
        invitation=InvitationFactory(workspace=world.workspace, email=f"colleague@{domain}", token_hash=hashed),
        # used "just now" for ever, so that a call with it writes nothing of its own
        key=ApiKeyFactory(
            workspace=world.workspace,
            secret=world.secret,
            scopes=["read", "write", "personal"],
            name=world.mark,
            last_used_at=timezone.now() + timedelta(days=1),
        ),
    )


def _people(world: World, domain: str) -> None:
    workspace, mark = world.workspace, world.mark
    make_starter_fields(workspace)
    fields = {
        kind: CustomFieldFactory(
            workspace=workspace, label=f"שדה {place} {mark}", **({kind: True} if kind != "text" else {})
        )
        for place, kind in enumerate(TYPES)
    }
    archived = CustomFieldFactory(workspace=workspace, label=f"ישן {mark}", archived=True)
    group = FieldGroupFactory(workspace=workspace, name=f"פרטים {mark}")
    hidden = CustomFieldFactory(workspace=workspace, label=f"ת.ז. {mark}", is_sensitive=True, group=group)
    said = ["אדום", f"ארוך {mark}", 4, "1990-05-06", True, "o1", ["o1", "o2"], 4, "https://example.test/a"]
    values = {fields[kind].storage_key: value for kind, value in zip(TYPES, said, strict=True)}
    values[hidden.storage_key] = f"0123 {mark}"
    names = {"last_name": mark, "workspace": workspace, "source": f"יריד {mark}"}
    contact = ContactFactory(email=f"dana@{domain}", with_phone=True, values=values, **names)
    friend = ContactFactory(email=f"gil@{domain}", first_name="גיל", **names)
    phone_only = ContactFactory(with_phone_only=True, first_name="טל", **names)
    binned = ContactFactory(email=f"gone@{domain}", first_name="רון", binned=True, **names)
    ConsentFactory(contact=contact, wording=f"מותר לכתוב לי {mark}")
    ConsentFactory(contact=friend, withdrawn=True)
    visitor = VisitorFactory(workspace=workspace)
    IdentityEdgeFactory(contact=contact, visitor=visitor)
    merged = ContactFactory(email=f"old@{domain}", first_name="דנה", **names)
    merged.merged_into = contact
    merged.save()
    about = {"contact": contact, "workspace": workspace}
    world.put(
        merged=merged,
        pending=PendingConsentFactory(address=contact.email, consents={"sms": f"גם הודעות {mark}"}, **about),
        asked=SubjectRequestFactory(**about),
        duplicate=DuplicateSuggestionFactory(workspace=workspace, one=contact, other=friend),
    )
    world.put(
        contact=contact,
        friend=friend,
        phone_only=phone_only,
        binned=binned,
        visitor=visitor,
        fields=fields,
        field=fields["text"],
        archived_field=archived,
        field_group=group,
        hidden_field=hidden,
        suppression=SuppressionFactory(
            workspace=workspace, hint=f"d•••@{domain}", address_hash=mark.encode()[:32].ljust(32)
        ),
    )


def _groups(world: World) -> None:
    workspace, mark = world.workspace, world.mark
    listed = ListFactory(workspace=workspace, name=f"ניוזלטר {mark}", description=f"מבצעים {mark}")
    tag = TagFactory(workspace=workspace, name=f"תגית {mark}")
    SubscriptionFactory(contact=world.contact, list=listed)
    SubscriptionFactory(contact=world.friend, list=listed, left=True)
    ContactTagFactory(contact=world.contact, tag=tag)
    rule = {"all": [{"list": listed.pk}, {"field": world.field.storage_key, "op": "contains", "value": "ד"}]}
    fixed = SegmentFactory(workspace=workspace, fixed=True, rule={}, name=f"קפואים {mark}")
    SegmentMemberFactory(contact=world.contact, segment=fixed)
    world.put(
        list=listed,
        other_list=ListFactory(workspace=workspace, name=f"רשימה שנייה {mark}"),
        binned_list=ListFactory(workspace=workspace, name=f"רשימה ישנה {mark}", binned=True),
        tag=tag,
        segment=SegmentFactory(workspace=workspace, name=f"פלח {mark}", rule=rule),
        fixed_segment=fixed,
        binned_segment=SegmentFactory(workspace=workspace, name=f"פלח ישן {mark}", deleted_at=timezone.now()),
    )


def _noted(world: World) -> None:
    about = {"contact": world.contact, "author": world.users["owner"]}
    planned = {"contact": world.contact, "assignee": world.owner_membership}
    world.put(
        note=NoteFactory(text=f"דיברנו {world.mark}", **about),
        binned_note=NoteFactory(text=f"נמחקה {world.mark}", deleted=True, **about),
        task=TaskFactory(title=f"לחזור {world.mark}", **planned),
        done_task=TaskFactory(title=f"חזרנו {world.mark}", done=True, **planned),
        binned_task=TaskFactory(title=f"נמחקה {world.mark}", deleted=True, **planned),
    )


def _acts(world: World) -> None:
    workspace, mark, owner = world.workspace, world.mark, world.users["owner"]
    params = {"list": world.list.pk, "label": world.list.name}
    state = f"?list={world.list.pk}"
    act = BulkActFactory(workspace=workspace, created_by=owner, kind="join", params=params, whom={"state": state})
    BulkRowFactory(act=act, contact=world.contact)
    view = {"workspace": workspace, "owner": owner, "is_shared": True, "state": {"list": str(world.list.pk)}}
    world.put(
        act=act,
        view=SavedViewFactory(name=f"תצוגה {mark}", **view),
        binned_view=SavedViewFactory(name=f"תצוגה ישנה {mark}", deleted_at=timezone.now(), **view),
    )


def _content(world: World) -> None:
    workspace, mark = world.workspace, world.mark
    page = start(workspace, name=f"דף {mark}", language="he", template=FRIEND, slug="friend")
    page.description = f"מתחת לקישור {mark}"
    page.save()
    version = publish(page, by=world.users["owner"])
    page.refresh_from_db()
    file = FileFactory(workspace=workspace, name=f"תמונה {mark}", extension="png")
    asked = [{"field": "email", "required": True}, {"field": world.field.storage_key, "required": False}]
    document = DocumentFactory(
        workspace=workspace,
        blocks=[
            block(
                "heading",
                text='היי {{ first_name | default: "חברים" }} ' + mark,
                rule={"all": [{"list": world.list.pk}]},
            ),
            block("image", file=file.pk, alt=f"תמונה {mark}"),
            block("button", text=f"כפתור {mark}", link=f"page:{page.pk}"),
            block("form", button=f"שליחה {mark}", questions=asked, lists=[world.list.pk], tags=[world.tag.name]),
        ],
    )
    mail = [
        block("heading", text='היי {{ first_name | default: "חברים" }} ' + mark),
        block("button", text=f"לכל הערכות {mark}", link=f"page:{page.pk}"),
    ]
    audience = {
        "everyone": False,
        "lists": [world.list.pk],
        "segments": [world.segment.pk],
        "not_lists": [],
        "not_segments": [],
    }
    drafts = [
        MailingFactory(
            workspace=workspace, name=f"{name} {mark}", subject=f"נושא {mark}", document__blocks=mail, audience=audience
        )
        for name in ("דיוור", "דיוור שנשלח")
    ]
    sent = started(drafts[1])
    _deliver(sent, world)
    sent.refresh_from_db()
    world.put(
        page=page,
        binned_page=start(workspace, name=f"דף ישן {mark}", language="he", slug="old"),
        rich_page=LandingPageFactory(workspace=workspace, name=f"דף עשיר {mark}", slug="rich", document=document),
        version=version,
        file=file,
        document=document,
        block=document.blocks[0],
        mailing=drafts[0],
        binned_mailing=MailingFactory(workspace=workspace, name=f"דיוור ישן {mark}", deleted_at=timezone.now()),
        sent=sent,
        delivery=sent.deliveries.order_by("pk").first(),
        link=sent.links.first(),
        message=OutboxMessageFactory(
            workspace=workspace, subject=f"הודעה {mark}", rcpt_to=world.contact.email, mime=_mime(mark)
        ),
    )
    Document.objects.filter(pk=page.document_id).update(revision=3)
    workspace.pages.filter(slug="old").update(deleted_at=timezone.now())


def _deliver(sent: Any, world: World) -> None:
    sending.send(sent.pk, transport=FakeTransport())
    for kind in ("mailing.opened", "mailing.clicked"):
        make_event(kind, contact=world.contact, subject=sent)


def _mime(mark: str) -> bytes:
    head = f"From: hello@example.test\r\nTo: d@example.test\r\nSubject: {mark}\r\nMIME-Version: 1.0\r\n"
    body = f'Content-Type: text/html; charset="utf-8"\r\n\r\n<html><p>שלום {mark} <a href="https://example.test/x">קישור</a></p></html>\r\n'
    return (head + body).encode()


def _sharing(world: World, domain: str) -> None:
    code = "QA2B" if world.slug == "ours" else "QC4D"
    share = ShareLinkFactory(page=world.page, contact=world.contact, code=code)
    referral = ReferralFactory(share_link=share, friend=world.friend)
    lead = SubmissionFactory(page=world.page, contact=world.friend, version=world.version, stamp=f"stamp-{world.slug}")
    kinds = ["page.viewed", "page.engaged", "share.landed"]
    for kind in kinds:
        make_event(kind, visitor=world.visitor, subject=world.page, source=f"ערוץ {world.mark}")
    for kind in ("form.submitted", "share.clicked"):
        make_event(kind, contact=world.contact, subject=world.page, source=f"ערוץ {world.mark}")
    make_event("referral.joined", contact=world.friend, subject=world.page)
    make_event("referral.credited", contact=world.contact, subject=world.page)
    make_event("contact.created", contact=world.contact)
    make_event("list.joined", contact=world.contact, subject=world.list)
    world.put(share=share, referral=referral, submission=lead)


def _funnel(world: World) -> None:
    seen = {"kind": "page.viewed", "subject": world.page.pk}
    chosen = {"kind": "form.submitted", "rule": {"all": [{"segment": world.segment.pk}]}}
    funnel = funnel_of([seen, chosen, "share.clicked"], workspace=world.workspace, name=f"משפך {world.mark}")
    funnel.stages.update(name=f"שלב {world.mark}")
    binned = funnel_of(
        ["page.viewed"], workspace=world.workspace, name=f"משפך ישן {world.mark}", deleted_at=timezone.now()
    )
    world.put(funnel=funnel, binned_funnel=binned)


def _surveys(world: World) -> None:
    """A draft with everything in it, one in the bin, and a question that was taken out."""
    survey = ready.make(ready.READY[2], world.workspace, name=f"סקר {world.mark}", second_language="en")
    survey.questions.update(words={"label": f"אחרת {world.mark}"})
    first = survey.questions.first()
    gone = composing.ask(survey, said={"type": "text", "label": f"נמחקה {world.mark}", "field": world.field})
    arranging.take_out(gone)
    binned = make_survey(world.workspace, "choice", name=f"סקר ישן {world.mark}", deleted_at=timezone.now())
    world.put(survey=survey, question=first, removed_question=gone, binned_survey=binned)
    answered = make_satisfaction(world.workspace, name=f"שביעות רצון {world.mark}")
    _answer(answered, world.contact)
    world.put(answered_survey=answered, score=answered.scores.get())


def _answer(survey: Survey, contact: Contact) -> None:
    said = dict.fromkeys(survey.questions.values_list("pk", flat=True), 5)
    answering.answer(survey, contact, said, complete=True)


def _log(world: World) -> None:
    entry = AuditEntryFactory(workspace=world.workspace, user=world.users["owner"], subject=world.mark)
    world.put(entry=entry)


def numbers(start: int) -> set[str]:
    """The ids of all rows whose range begins so: OURS or THEIRS."""
    found: set[str] = set()
    for model in tables():
        if isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
            rows = model._default_manager.filter(pk__gte=1_000_000).values_list("pk", flat=True)
            found |= {str(pk) for pk in rows if start < pk % 10_000 < start + 3000}
    return found


def more(world: World, number: int, *, after: int = 0) -> None:
    """`number` more rows of whatever is listed on screens; `after` counts on from an earlier call."""
    workspace, mark = world.workspace, world.mark
    for count in range(after, after + number):
        person = ContactFactory(workspace=workspace, last_name=mark, email=f"more{count}@more.test")
        listed = ListFactory(workspace=workspace, name=f"עוד {count} {mark}")
        tag = TagFactory(workspace=workspace, name=f"עוד {count} {mark}")
        SubscriptionFactory(contact=person, list=world.list)
        SubscriptionFactory(contact=world.contact, list=listed)
        ContactTagFactory(contact=world.contact, tag=tag)
        ContactTagFactory(contact=person, tag=world.tag)
        rule = {"all": [{"list": listed.pk}, {"tag": tag.name}]}
        SegmentFactory(workspace=workspace, name=f"עוד {count} {mark}", rule=rule)
        SegmentMemberFactory(contact=person, segment=world.fixed_segment)
        for who in (person, world.contact):
            NoteFactory(contact=who, author=world.users["owner"])
            TaskFactory(contact=who, assignee=world.owner_membership)
        BulkActFactory(workspace=workspace, created_by=world.users["owner"], params={"tag": tag.pk, "label": tag.name})
        BulkRowFactory(act=world.act, contact=person)
        SavedViewFactory(workspace=workspace, owner=world.users["owner"], name=f"עוד {count}", is_shared=True)
        _more_content(world, person, count)
        automating.more(world, count)
        FieldGroupFactory(workspace=workspace, name=f"עוד {count} {mark}")
    CustomFieldFactory.create_batch(number, workspace=workspace)


def _more_content(world: World, person: Contact, count: int) -> None:
    workspace, mark = world.workspace, world.mark
    page = start(workspace, name=f"עוד {count} {mark}", language="he", template=FRIEND, slug=f"more-{count}")
    publish(page, by=world.users["owner"])
    SubmissionFactory(page=world.page, contact=person, version=world.version, stamp=f"more-{count}")
    ReferralFactory(share_link=world.share, friend=person)
    FileFactory(workspace=workspace, name=f"עוד {count} {mark}", extension="png")
    OutboxMessageFactory(workspace=workspace, subject=f"עוד {count} {mark}")
    MailingFactory(workspace=workspace, name=f"עוד {count} {mark}")
    started(MailingFactory(workspace=workspace, name=f"נשלח {count} {mark}"))
    visitor: Visitor = VisitorFactory(workspace=workspace)
    IdentityEdgeFactory(contact=person, visitor=visitor)
    for kind in ("page.viewed", "page.engaged"):
        make_event(kind, visitor=visitor, subject=world.page, source=f"ערוץ {count}")
    for who in (person, world.contact):
        make_event("form.submitted", contact=who, subject=world.page, source=f"ערוץ {count}")
        make_event("share.clicked", contact=who, subject=world.page)
    SuppressionFactory(workspace=workspace)
    InvitationFactory(workspace=workspace)
    ApiKeyFactory(workspace=workspace)
    MembershipFactory(workspace=workspace)
    AuditEntryFactory(workspace=workspace, user=world.users["owner"])
    driving.uploaded(workspace, [["מייל"], [f"more{count}@import.test"]], name=f"עוד {count} {mark}")
    funnel_of(["page.viewed", "form.submitted"], workspace=workspace, name=f"עוד {count} {mark}")
    make_survey(workspace, "rating", kind="identified", name=f"עוד {count} {mark}")
    _answer(world.answered_survey, person)
    asked = {"type": "text", "label": f"עוד {count} {mark}", "field": world.field}
    composing.ask(world.survey, said=asked)
