"""Sentences of Django and allauth that we say in words of our own; marked here, so that the catalogue keeps them."""

from __future__ import annotations

from django.utils.translation import gettext_noop, ngettext_lazy

OURS = (
    gettext_noop("Enter a valid email address."),
    gettext_noop("This password is too common."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("Too many failed login attempts. Try again later."),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        8,
    ),
)
