"""What the public page says where there is nothing to answer: one title, one sentence, one status each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class State:
    """`status` answers a GET, 409 a POST. `mark` is the sign above the title."""

    title: Any
    words: Any
    status: int = 200
    mark: str = "quiet"


STATES = {
    "early": State(_("The survey is not open yet"), _("Come back later with the same link.")),
    "closed": State(_("The survey is closed"), _("Answers are not taken any more. Thank you for coming.")),
    "answered": State(
        _("You have answered already"), _("Your answer was received, and it counts once. Thank you!"), mark="done"
    ),
    "bad_link": State(
        _("This link does not work"),
        _("Part of it may have been cut off. Open it again from the mail, or copy it whole."),
        status=404,
    ),
    "expired": State(_("This link has expired"), _("Ask whoever invited you for a new one."), status=410),
    "invited": State(
        _("This survey is answered by a personal link"),
        _("Open the link in the mail that invited you. The link without it leads no further."),
    ),
    "preview": State(
        _("A preview of the link"),
        _("In the mail that goes out, each person gets a link of their own here, which opens the survey."),
    ),
    "no_cookie": State(
        _("The answer was not received"),
        _(
            "Your browser keeps no cookies, so it could not be counted once. Allow them for this page and open it again."
        ),
        status=403,
    ),
}
