"""The ready-made automations of this room."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations import flow, triggers
from campaigns.automations.ready import Kit, Ready, register
from campaigns.mailings.models import Mailing
from crm.contacts.models import CustomField
from crm.workspaces.models import Workspace

Said = dict[str, Any]
ADVERTISEMENT, SERVICE = Mailing.Purpose.ADVERTISEMENT, Mailing.Purpose.SERVICE


def on(event: str, **said: Any) -> list[Said]:
    return [{"on": "event", "event": event, **said}]


def welcome(kit: Kit) -> Said:
    first = kit.mail(
        _("Welcome 1: nice to meet you"),
        _("Nice to meet you"),
        _(
            "Thank you for joining. Here is who we are, in short, and what to expect from us: one useful mail in a while."
        ),
        _("Any question? Just answer this mail. A person reads it."),
    )
    second = kit.mail(
        _("Welcome 2: where to begin"),
        _("Where to begin"),
        _("Three things that most people ask us in their first week, and our answers."),
    )
    third = kit.mail(
        _("Welcome 3: a small gift"),
        _("A small gift to begin with"),
        _("You have been with us for a week. Here is something for a first order."),
        purpose=ADVERTISEMENT,
    )
    return {
        "triggers": on("list.joined"),
        "again": flow.ONCE,
        "steps": [first, kit.wait(2), second, kit.wait(5), third],
    }


def birthday(kit: Kit) -> Said:
    mail = kit.mail(
        _("Birthday greeting"),
        _("Happy birthday"),
        _("Happy birthday from all of us. We kept something small for you: it waits for a month."),
        purpose=ADVERTISEMENT,
    )
    field = _birth_date(kit.workspace)
    date = {"on": "date", "field": field, "yearly": True, "hebrew": False, "days": 0, "at": "09:00"}
    return {"triggers": [date] if field else [], "again": flow.AFTER, "steps": [mail]}


def _birth_date(workspace: Workspace) -> str:
    found = CustomField.objects.active().filter(workspace=workspace, key="birth_date").first()
    dates = triggers.date_fields(workspace)
    return found.storage_key if found else dates[0][0] if dates else ""


def cart(kit: Kit) -> Said:
    mail = kit.mail(
        _("Left cart"),
        _("Your cart is still here"),
        _(
            "What you chose waits for you. If something was not clear or did not work, answer this mail and we will help."
        ),
        purpose=ADVERTISEMENT,
    )
    paths = {"happened": (_("Bought"), ()), "missed": (_("Did not buy"), (mail,))}
    return {
        "triggers": on("cart.updated"),
        "again": flow.AFTER,
        "steps": [kit.hope("order.placed", 3, "hours", **paths)],
    }


def seen(kit: Kit) -> Said:
    mail = kit.mail(
        _("Seen a product, two days later"),
        _("Still thinking about it?"),
        _("You looked at it two days ago. Here is what others ask before they decide, and our answers."),
        purpose=ADVERTISEMENT,
    )
    paths = {"happened": (_("Bought"), ()), "missed": (_("Did not buy"), (mail,))}
    steps = [kit.hope("order.placed", 2, "days", **paths)]
    return {"triggers": on("product.viewed"), "again": flow.AFTER, "steps": steps}


def win_back(kit: Kit) -> Said:
    mail = kit.mail(
        _("Win-back"),
        _("We have not seen you for a while"),
        _("Three months have passed since your last order. What has changed here since, and a good reason to come by."),
        purpose=ADVERTISEMENT,
    )
    paths = {"happened": (_("Bought again"), ()), "missed": (_("Did not buy again"), (mail,))}
    steps = [kit.hope("order.placed", 90, "days", **paths)]
    return {"triggers": on("order.placed"), "again": flow.AFTER, "steps": steps}


def referral(kit: Kit) -> Said:
    mail = kit.mail(
        _("Thanks for a friend"),
        _("A friend joined thanks to you"),
        _("A friend joined thanks to you. We noticed, and what we promised is waiting for you."),
        purpose=SERVICE,
    )
    return {"triggers": on("referral.credited"), "again": flow.ALWAYS, "steps": [mail]}


def review(kit: Kit) -> Said:
    mail = kit.mail(
        _("Request for a review"),
        _("How was it?"),
        _(
            "A week has passed since your order. Two lines about how it was help others to choose, and help us to do better."
        ),
        purpose=SERVICE,
    )
    return {"triggers": on("order.placed"), "again": flow.AFTER, "steps": [kit.wait(7), mail]}


MAIL, WAIT_DAYS = gettext_lazy("A mail"), gettext_lazy("Wait a few days")
register(
    Ready(
        "welcome",
        gettext_lazy("Welcome series"),
        gettext_lazy("Three mails in the first week: who you are, where to begin, a small gift."),
        "mail-opened",
        (gettext_lazy("Joined a list"), MAIL, WAIT_DAYS, MAIL, WAIT_DAYS, MAIL),
        welcome,
        order=20,
    ),
    Ready(
        "birthday",
        gettext_lazy("Birthday"),
        gettext_lazy("A greeting on the day itself, at nine in the morning, every year."),
        "calendar-heart",
        (gettext_lazy("The birthday on the card"), MAIL),
        birthday,
        tone="sun",
        order=30,
    ),
    Ready(
        "cart",
        gettext_lazy("Left cart"),
        gettext_lazy("Three hours after a cart was left: a mail to whoever did not buy."),
        "shopping-cart",
        (gettext_lazy("A cart was filled"), gettext_lazy("Wait for a purchase, three hours at most"), MAIL),
        cart,
        tone="sun",
        order=40,
    ),
    Ready(
        "seen",
        gettext_lazy("Seen a product, and two days later"),
        gettext_lazy("Whoever looked at a product and did not buy it gets a few answers."),
        "eye",
        (gettext_lazy("A product was seen"), gettext_lazy("Wait for a purchase, two days at most"), MAIL),
        seen,
        order=50,
    ),
    Ready(
        "win-back",
        gettext_lazy("Win-back"),
        gettext_lazy("Three months without another order: a reason to come by."),
        "refresh",
        (gettext_lazy("A purchase"), gettext_lazy("Wait for another, 90 days at most"), MAIL),
        win_back,
        tone="iris",
        order=60,
    ),
    Ready(
        "referral",
        gettext_lazy("Thanks for a friend"),
        gettext_lazy("Whoever brought a friend hears about it, and is thanked."),
        "heart-handshake",
        (gettext_lazy("A friend joined"), MAIL),
        referral,
        tone="leaf",
        order=70,
    ),
    Ready(
        "review",
        gettext_lazy("Request for a review"),
        gettext_lazy("A week after a purchase: how was it?"),
        "star",
        (gettext_lazy("A purchase"), gettext_lazy("Wait a week"), MAIL),
        review,
        tone="sun",
        order=80,
    ),
)
