"""One row, and what is known of people -> what becomes of it. Pure: reads and changes nothing but the world it is given.

Who a row is about is decided as crm.contacts.capturing does: an e-mail outweighs a phone, and a phone that belongs to somebody
else is left out. What a person said stands above every file: nobody comes back to a list they left, no "no" becomes a "yes".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from crm.consent.models import Channel, Consent
from crm.contacts.field_types import LONG_TEXT_LENGTH
from crm.contacts.models import Subscription
from crm.imports.models import Import, ImportEffect
from crm.imports.world import Person, Row, World

Outcome = ImportEffect.Outcome
CALLED = (Channel.SMS, Channel.WHATSAPP)
BLANK: dict[str, Any] = {"email": None, "phone": None, "first_name": "", "last_name": "", "source": ""}
NOT_WRITTEN = frozenset({"created_at", "tags", "lists", "consent", "consent_at"})


@dataclass(slots=True)
class Decision:
    """`changes` are key -> (old, new). `lists` to join, `tags` to add, `granted` and `withdrawn` channels; `notes` are counted."""

    number: int
    outcome: str
    person: Person | None = None
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    lists: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    dead: bool = False
    back: bool = False
    said_at: str | None = None
    conflict: Person | None = None
    notes: list[str] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        """Nothing to write down but that the row was seen."""
        return not (self.changes or self.lists or self.tags or self.granted or self.withdrawn or self.dead or self.back)


@dataclass(frozen=True, slots=True)
class Policies:
    """What the plan says of each target, ready to be asked for every row."""

    of: dict[str, str]
    lists: tuple[int, ...]
    tags: tuple[str, ...]
    source: str
    basis: str
    channels: tuple[str, ...]
    match: tuple[str, ...]
    key: str

    @classmethod
    def from_plan(cls, importing: Import) -> Policies:
        plan = importing.plan
        policies = {column["target"]: column["policy"] for column in reversed(plan["columns"])}
        for name in ("first_name", "last_name"):
            policies.setdefault(name, policies.get("full_name", "overwrite"))
        match = tuple(plan["match"])
        key = match[0] if match[0] not in ("email", "phone") else ""
        consent = plan["consent"]
        source = plan["source"] or "import"
        return cls(
            policies,
            tuple(plan["lists"]),
            tuple(plan["tags"]),
            source,
            consent["basis"],
            tuple(consent["channels"]),
            match,
            key,
        )


def decide(row: Row, world: World, policies: Policies) -> Decision:
    """Changes the world as the import would change the database."""
    person, refusal = _find(row, world, policies)
    if refusal:
        return Decision(row.number, Outcome.REFUSED, reasons=[{"column": None, "code": refusal}])
    said = {key: value for key, value in row.said.items() if key not in NOT_WRITTEN}
    decision = Decision(row.number, Outcome.UPDATED, person, said_at=row.said.get("consent_at"))
    _leave_out(row, person, world, said, decision)
    if person is None:
        if not said.get("email") and not said.get("phone"):
            decision.outcome, decision.person = Outcome.REFUSED, None
            decision.reasons = [{"column": None, "code": "taken"}]
            return decision
        person = decision.person = _made(row, said, world, policies)
        decision.outcome = Outcome.NEW
    else:
        _update(person, said, world, policies, decision)
    _gather(person, row, policies, decision)
    _consent(person, row, world, policies, decision)
    if decision.outcome == Outcome.UPDATED and decision.is_quiet:
        decision.outcome = Outcome.UNCHANGED
    _note(person, world, policies, decision)
    person.touched = person.touched or not decision.is_quiet or decision.outcome == Outcome.NEW
    return decision


def _find(row: Row, world: World, policies: Policies) -> tuple[Person | None, str]:
    """Who the row is about, or why it cannot be taken."""
    if policies.match == ("email",):
        return world.by_email.get(row.email or ""), ""
    if policies.match == ("phone",):
        return world.by_phone.get(row.phone or ""), ""
    if policies.key and row.match is not None:
        known = world.by_key.get(row.match, [])
        known = [person for person in known if not person.is_binned] or known
        if len(known) > 1:
            return None, "ambiguous"
        if known:
            return known[0], ""
    found = _as_captured(row, world)
    if policies.key and row.match is not None and found is not None and world.key_of(found) is not None:
        return None, "key_conflict"
    return found, ""


def _as_captured(row: Row, world: World) -> Person | None:
    by_email = world.by_email.get(row.email) if row.email else None
    holder = world.by_phone.get(row.phone) if row.phone else None
    if by_email is not None or holder is None:
        return by_email
    return holder if not row.email or not holder.state["email"] else None


def _leave_out(row: Row, person: Person | None, world: World, said: dict[str, Any], decision: Decision) -> None:
    """An address that belongs to somebody else stays theirs."""
    for name, found in (("email", world.by_email), ("phone", world.by_phone)):
        address = said.get(name)
        holder = found.get(address) if address else None
        if holder is not None and holder is not person:
            del said[name]
            decision.conflict = holder
            decision.notes.append("conflicted")
            decision.reasons.append({"column": None, "code": f"{name}_taken"})


def _made(row: Row, said: dict[str, Any], world: World, policies: Policies) -> Person:
    person = Person(0, BLANK | {"source": policies.source} | said, is_new=True, created_at=row.said.get("created_at"))
    world.index(person)
    return person


def _update(person: Person, said: dict[str, Any], world: World, policies: Policies, decision: Decision) -> None:
    if person.is_binned:
        _bring_back(person, decision)
    state = person.state
    for key, value in said.items():
        old = state.get(key)
        new = _merged(old, value, policies.of.get(key, "overwrite"))
        if new != old or type(new) is not type(old):
            decision.changes[key] = (old, new)
    if decision.changes:
        moves = not decision.changes.keys().isdisjoint(("email", "phone", policies.key))
        if moves:
            world.forget(person)
        state.update({key: new for key, (_old, new) in decision.changes.items()})
        if moves:
            world.index(person)


def _merged(old: Any, said: Any, policy: str) -> Any:
    if old is None or old == "" or policy == "overwrite":
        return said
    if policy == "fill":
        return old
    if isinstance(old, list) and isinstance(said, list):
        return sorted({*old, *said})
    if isinstance(old, str) and isinstance(said, str):
        return old if said in old else f"{old}\n{said}"[:LONG_TEXT_LENGTH]
    return said


def _bring_back(person: Person, decision: Decision) -> None:
    """As a capture does: without the old lists, and without the old "yes". What they joined before may be joined anew."""
    decision.back, person.is_binned = True, False
    person.lists = {pk: status for pk, status in person.lists.items() if status == Subscription.Status.LEFT}
    person.consents = {channel: said for channel, said in person.consents.items() if said[1] == Consent.State.WITHDRAWN}


def _gather(person: Person, row: Row, policies: Policies, decision: Decision) -> None:
    for pk in _each(policies.lists, row.said.get("lists")):
        status = person.lists.get(pk)
        if status == Subscription.Status.LEFT:
            _say(decision, "unsubscribed")
        elif status is None:
            person.lists[pk] = Subscription.Status.JOINED
            decision.lists.append(pk)
    for name in _each(policies.tags, row.said.get("tags")):
        if name.lower() not in person.tags:
            person.tags.add(name.lower())
            decision.tags.append(name)


def _each(planned: tuple[Any, ...], said: Iterable[Any] | None) -> Iterable[Any]:
    return planned if not said else dict.fromkeys((*planned, *said))


def _consent(person: Person, row: Row, world: World, policies: Policies, decision: Decision) -> None:
    answer = row.said.get("consent")
    email = person.state["email"]
    if answer in ("left", "dead"):
        if answer == "dead" and email and not world.is_blocked(Channel.EMAIL, email):
            world.blocks.add((Channel.EMAIL, email))
            decision.dead = True
        if answer == "left" and person.consents.get(Channel.EMAIL, (0, ""))[1] != Consent.State.WITHDRAWN:
            person.consents[Channel.EMAIL] = (0, Consent.State.WITHDRAWN)
            decision.withdrawn.append(Channel.EMAIL)
        return
    agrees = answer == "agreed" if policies.basis == "column" else policies.basis == "agreed" and answer != "silent"
    if not agrees:
        return
    for channel in policies.channels:
        address = person.state["phone"] if channel in CALLED else email
        if address and channel not in person.consents and not world.is_blocked(channel, address):
            person.consents[channel] = (0, Consent.State.GRANTED)
            decision.granted.append(channel)


def _note(person: Person, world: World, policies: Policies, decision: Decision) -> None:
    state = person.state
    if not state["email"]:
        decision.notes.append("phone_only")
    phone = state["phone"]
    if phone and phone.startswith("+972") and phone[4] != "5":
        decision.notes.append("landline")
    for channel in policies.channels or (Channel.EMAIL,):
        address = phone if channel in CALLED else state["email"]
        refused = person.consents.get(channel, (0, ""))[1] == Consent.State.WITHDRAWN
        if refused or (address and world.is_blocked(channel, address)):
            _say(decision, "unsubscribed")
    if decision.granted:
        decision.notes.append("agreed")
    if decision.back:
        decision.notes.append("restored")


def _say(decision: Decision, note: str) -> None:
    if note not in decision.notes:
        decision.notes.append(note)
