"""Factories of every table of `crm`. Traits name a situation: `ContactFactory(with_phone_only=True)`.

Whatever hangs on a contact, list or segment takes its workspace from it, so a test names the workspace once.
"""

from __future__ import annotations

import hashlib
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.models import (
    ApiKey,
    AuditEntry,
    BulkAct,
    BulkRow,
    Channel,
    Consent,
    Contact,
    ContactTag,
    CustomField,
    DuplicateSearch,
    DuplicateSuggestion,
    Erasure,
    FieldGroup,
    File,
    IdentityEdge,
    Invitation,
    List,
    Membership,
    Note,
    OutboxMessage,
    PendingConsent,
    SavedView,
    Segment,
    SegmentMember,
    SubjectRequest,
    Subscription,
    Suppression,
    Tag,
    Task,
    User,
    Visitor,
    Workspace,
)
from crm.timeline.recording import build
from crm.workspaces.models import Role, hash_secret

PASSWORD = "correct-horse-battery"


class WorkspaceFactory(DjangoModelFactory[Workspace]):
    class Meta:
        model = Workspace

    class Params:
        english = factory.Trait(name=factory.Sequence("Foam & Glow {}".format), language="en")
        with_sender = factory.Trait(
            sender_name="קצף וזוהר",
            sender_email="hello@example.test",
            reply_to="reply@example.test",
            postal_address="הרצל 1, תל אביב",
        )

    name = factory.Sequence("קצף וזוהר {}".format)
    slug = factory.Sequence("business-{}".format)
    language = "he"


class UserFactory(DjangoModelFactory[User]):
    """Signs in with PASSWORD. `language` is Hebrew, as for a new user; pass language="en" for its twin."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        operator = factory.Trait(is_staff=True, is_superuser=True)

    email = factory.Sequence("user{}@example.test".format)
    name = "מאיה"
    language = "he"
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    class Params:
        editor = factory.Trait(role=Role.EDITOR)
        analyst = factory.Trait(role=Role.ANALYST)

    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.OWNER


class InvitationFactory(DjangoModelFactory[Invitation]):
    class Meta:
        model = Invitation

    workspace = factory.SubFactory(WorkspaceFactory)
    email = factory.Sequence("colleague{}@example.test".format)
    token_hash = factory.Sequence(lambda number: hash_secret(f"invitation {number}"))


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """`secret` is what a caller sends; `ApiKeyFactory(secret="mk_x")` makes a key that answers to it."""

    class Meta:
        model = ApiKey

    class Params:
        secret = factory.Sequence("mk_secret{}".format)
        read_only = factory.Trait(scopes=["read"])

    workspace = factory.SubFactory(WorkspaceFactory)
    name = "site"
    prefix = factory.LazyAttribute(lambda key: key.secret[:8])
    secret_hash = factory.LazyAttribute(lambda key: hash_secret(key.secret))
    scopes = factory.LazyFunction(lambda: ["read", "write"])


class AuditEntryFactory(DjangoModelFactory[AuditEntry]):
    class Meta:
        model = AuditEntry

    workspace = factory.SubFactory(WorkspaceFactory)
    action = "member.invited"


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    class Params:
        with_phone_only = factory.Trait(email=None, phone=factory.Sequence(lambda n: f"+97250000{n % 10000:04}"))
        with_phone = factory.Trait(phone=factory.Sequence(lambda n: f"+97250001{n % 10000:04}"))
        nameless = factory.Trait(first_name="", last_name="")
        binned = factory.Trait(deleted_at=factory.LazyFunction(timezone.now))

    workspace = factory.SubFactory(WorkspaceFactory)
    email = factory.Sequence("contact{}@example.test".format)
    phone = None
    first_name = "דנה"


class FieldGroupFactory(DjangoModelFactory[FieldGroup]):
    class Meta:
        model = FieldGroup

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("פרטים {}".format)
    position = factory.Sequence(lambda number: number)


class CustomFieldFactory(DjangoModelFactory[CustomField]):
    """Short text, unless a trait names another of the nine types. Choices have the options o1, o2, o3."""

    class Meta:
        model = CustomField

    class Params:
        long_text = factory.Trait(type="long_text")
        number = factory.Trait(type="number")
        date = factory.Trait(type="date")
        yes_no = factory.Trait(type="yes_no")
        choice = factory.Trait(type="choice", options=factory.LazyFunction(lambda: three_options()))
        choices = factory.Trait(type="choices", options=factory.LazyFunction(lambda: three_options()))
        rating = factory.Trait(type="rating", rating_max=5, low_label="אכזב", high_label="מעולה")
        url = factory.Trait(type="url")
        archived = factory.Trait(archived_at=factory.LazyFunction(timezone.now))

    workspace = factory.SubFactory(WorkspaceFactory)
    label = factory.Sequence("שדה {}".format)
    type = "text"
    position = factory.Sequence(lambda number: number)


def three_options() -> list[dict[str, str]]:
    return [{"id": "o1", "label": "קטן"}, {"id": "o2", "label": "משפחתי"}, {"id": "o3", "label": "שטח"}]


class ListFactory(DjangoModelFactory[List]):
    class Meta:
        model = List

    class Params:
        binned = factory.Trait(deleted_at=factory.LazyFunction(timezone.now))

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("ניוזלטר {}".format)


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    class Meta:
        model = Subscription

    class Params:
        left = factory.Trait(status=Subscription.Status.LEFT, left_at=factory.LazyFunction(timezone.now))

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    list = factory.SubFactory(ListFactory, workspace=factory.SelfAttribute("..workspace"))


class TagFactory(DjangoModelFactory[Tag]):
    class Meta:
        model = Tag

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("לקוחות {}".format)


class ContactTagFactory(DjangoModelFactory[ContactTag]):
    class Meta:
        model = ContactTag

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    tag = factory.SubFactory(TagFactory, workspace=factory.SelfAttribute("..workspace"))


class ConsentFactory(DjangoModelFactory[Consent]):
    class Meta:
        model = Consent

    class Params:
        withdrawn = factory.Trait(state=Consent.State.WITHDRAWN)

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    channel = Channel.EMAIL
    state = Consent.State.GRANTED
    source = "form"
    wording = "אפשר לשלוח לי דיוור"


class SuppressionFactory(DjangoModelFactory[Suppression]):
    """A row with a hash of its own; to block a real address call crm.consent.granting.suppress."""

    class Meta:
        model = Suppression

    workspace = factory.SubFactory(WorkspaceFactory)
    channel = Channel.EMAIL
    address_hash = factory.Sequence(lambda number: hashlib.sha256(b"%d" % number).digest())
    reason = Suppression.Reason.UNSUBSCRIBED
    hint = "d•••@example.test"


class PendingConsentFactory(DjangoModelFactory[PendingConsent]):
    class Meta:
        model = PendingConsent

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    address = factory.SelfAttribute("contact.email")
    consents = factory.LazyFunction(lambda: {"email": "מותר לכתוב לי"})
    source = "form"


class SubjectRequestFactory(DjangoModelFactory[SubjectRequest]):
    class Meta:
        model = SubjectRequest

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    kind = "copy"


class ErasureFactory(DjangoModelFactory[Erasure]):
    class Meta:
        model = Erasure

    workspace = factory.SubFactory(WorkspaceFactory)
    email_hash = b"0" * 32


class DuplicateSuggestionFactory(DjangoModelFactory[DuplicateSuggestion]):
    class Meta:
        model = DuplicateSuggestion

    workspace = factory.SubFactory(WorkspaceFactory)
    one = factory.SubFactory(ContactFactory, workspace=factory.SelfAttribute("..workspace"))
    other = factory.SubFactory(ContactFactory, workspace=factory.SelfAttribute("..workspace"))
    reason = "name"


class DuplicateSearchFactory(DjangoModelFactory[DuplicateSearch]):
    class Meta:
        model = DuplicateSearch

    workspace = factory.SubFactory(WorkspaceFactory)


class VisitorFactory(DjangoModelFactory[Visitor]):
    class Meta:
        model = Visitor

    workspace = factory.SubFactory(WorkspaceFactory)
    device = "phone"


class IdentityEdgeFactory(DjangoModelFactory[IdentityEdge]):
    class Meta:
        model = IdentityEdge

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    visitor = factory.SubFactory(VisitorFactory, workspace=factory.SelfAttribute("..workspace"))
    source = IdentityEdge.Source.PERSONAL_LINK


class BulkActFactory(DjangoModelFactory[BulkAct]):
    """An act that is over: it gave a tag to one person."""

    class Meta:
        model = BulkAct

    workspace = factory.SubFactory(WorkspaceFactory)
    kind = "tag"
    params = factory.LazyFunction(lambda: {"tag": 1, "label": "VIP"})
    whom = factory.LazyFunction(lambda: {"ids": 1})
    status = "done"
    actor = "system"
    total = changed = expected = 1
    finished_at = factory.LazyFunction(timezone.now)


class BulkRowFactory(DjangoModelFactory[BulkRow]):
    class Meta:
        model = BulkRow

    act = factory.SubFactory(BulkActFactory)
    workspace = factory.SelfAttribute("act.workspace")
    contact = factory.SubFactory(ContactFactory, workspace=factory.SelfAttribute("..workspace"))
    outcome = "changed"
    before = factory.LazyFunction(lambda: {"row": 1})


class SavedViewFactory(DjangoModelFactory[SavedView]):
    class Meta:
        model = SavedView

    workspace = factory.SubFactory(WorkspaceFactory)
    owner = factory.SubFactory(UserFactory)
    name = factory.Sequence("תצוגה {}".format)


class SegmentFactory(DjangoModelFactory[Segment]):
    class Meta:
        model = Segment

    class Params:
        fixed = factory.Trait(is_fixed=True)

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("ממליצים {}".format)
    rule = factory.LazyFunction(lambda: {"all": [{"field": "email", "op": "contains", "value": "@"}]})


class SegmentMemberFactory(DjangoModelFactory[SegmentMember]):
    class Meta:
        model = SegmentMember

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    segment = factory.SubFactory(SegmentFactory, fixed=True, workspace=factory.SelfAttribute("..workspace"))


class FileFactory(DjangoModelFactory[File]):
    """A row without bytes on disk; to have both call crm.files.uploading.save_image."""

    class Meta:
        model = File

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("picture {}".format)
    digest = factory.Sequence(lambda number: hashlib.sha256(b"%d" % number).hexdigest())
    extension = "webp"
    width, height, size = 1200, 800, 90_000


class NoteFactory(DjangoModelFactory[Note]):
    class Meta:
        model = Note

    class Params:
        deleted = factory.Trait(deleted_at=factory.LazyFunction(timezone.now))

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    text = factory.Sequence("ביקשה לחזור אליה {}".format)


class TaskFactory(DjangoModelFactory[Task]):
    """Due today, of nobody."""

    class Meta:
        model = Task

    class Params:
        deleted = factory.Trait(deleted_at=factory.LazyFunction(timezone.now))
        done = factory.Trait(done_at=factory.LazyFunction(timezone.now))

    contact = factory.SubFactory(ContactFactory)
    workspace = factory.SelfAttribute("contact.workspace")
    title = factory.Sequence("לחזור בטלפון {}".format)
    due_on = factory.LazyFunction(timezone.localdate)


class OutboxMessageFactory(DjangoModelFactory[OutboxMessage]):
    class Meta:
        model = OutboxMessage

    workspace = factory.SubFactory(WorkspaceFactory)
    mail_from = "hello@example.test"
    rcpt_to = "dana@example.test"
    subject = "שלום"
    mime = b"Subject: x\r\n\r\nbody\r\n"


def make_event(kind: str, **fields: Any) -> Any:
    """A saved event: arguments as `recording.build`; the workspace is the contact's or visitor's unless named."""
    workspace = fields.pop("workspace", None) or (fields.get("contact") or fields["visitor"]).workspace
    event = build(workspace, kind, **fields)
    event.save(force_insert=True)
    return event
