"""Tags and filters of the interface: icons, people, numbers, dates, pages. docs/design.md shows each in use."""

from __future__ import annotations

import re
import zlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template.defaulttags import querystring
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()
SPRITE = Path(__file__).resolve().parents[2] / "static/icons.svg"
# Icons with a direction: named as in a left-to-right page, turned over in Hebrew by the stylesheet.
MIRRORED = frozenset(
    "arrow-left arrow-right arrow-back-up arrow-forward-up chevron-left chevron-right corner-up-left list list-check "
    "list-details list-search align-left align-right send mail-forward logout login external-link trending-up trending-down "
    "chart-line player-skip-forward speakerphone".split()
)
CURRENCIES = {"ILS": "₪", "USD": "$", "EUR": "€", "GBP": "£"}
AVATAR_COLOURS = 4


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    return frozenset(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))


@register.simple_tag
def icon(name: str, *, size: str = "", label: str = "", extra: str = "") -> SafeString:
    """An icon of the sprite. `size`: small (16) or large (24); `label` only where no word stands beside it.

    A name outside the sprite raises in development and tests; a visitor gets no icon rather than an error.
    """
    if name not in icon_names():
        if settings.DEBUG or settings.TESTING:
            raise template.TemplateSyntaxError(f"No icon {name!r}: add it to static/icons.txt and run bin/vendor.")
        return mark_safe("")
    classes = ["icon", f"icon--{size}" if size else "", "icon--mirror" if name in MIRRORED else "", extra]
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"></use></svg>',
        " ".join(filter(None, classes)),
        spoken,
        static("icons.svg"),
        name,
    )


@register.filter
def ltr(value: object) -> SafeString:
    """E-mail, link, code, time range: kept left to right inside Hebrew."""
    return format_html('<bdi dir="ltr">{}</bdi>', "" if value is None else value)


def phone_text(value: object) -> str:
    """+972501234567 -> 050-123-4567; numbers of other countries stay as they are."""
    digits = str(value or "")
    local = "0" + digits[4:] if digits.startswith("+972") else ""
    if len(local) not in (9, 10):
        return digits
    return f"{local[:-7]}-{local[-7:-4]}-{local[-4:]}"


@register.filter
def phone(value: object) -> SafeString:
    return ltr(phone_text(value)) if value else mark_safe("")


@register.filter
def whatsapp_number(value: object) -> str:
    """The digits that wa.me expects."""
    return re.sub(r"\D", "", str(value or ""))


@register.filter
def money(value: Decimal | float | int | None, currency: str = "ILS") -> str:
    """1250 -> "1,250 ₪". Whole amounts lose their decimals; the sign follows the number in both languages."""
    if value is None:
        return "-"
    amount = round(Decimal(value), 2)
    places = 0 if amount == amount.to_integral_value() else 2
    return (
        f"{number_format(amount, places, use_l10n=True, force_grouping=True)}\u00a0{CURRENCIES.get(currency, currency)}"
    )


@register.filter
def number(value: int | float | None) -> str:
    return "-" if value is None else number_format(value, force_grouping=True)


@register.filter
def percent(part: int, whole: int) -> str:
    """ "70.1%", or "-" of nothing. Only where the number and its whole stand right beside it."""
    return f"{round(100 * part / whole, 1):.1f}%" if whole else "-"


@register.filter
def percent_of(part: int, whole: int) -> str:
    """ "131 of 187 (70.1%)": the number, then of what. Of nothing there is no percentage."""
    words = {"part": number(part), "whole": number(whole), "percent": percent(part, whole)}
    return _("%(part)s of %(whole)s (%(percent)s)") % words if whole else _("%(part)s of %(whole)s") % words


@register.simple_tag
def number_link(value: int, url: str = "", *, words: str = "") -> SafeString:
    """A count of people that opens the people. Without a URL it is plain and strong."""
    text = format_html("{} {}", number(value), words) if words else number(value)
    return format_html('<a class="m-number" href="{}">{}</a>', url, text) if url else format_html("<b>{}</b>", text)


def _name_of(someone: Any) -> str:
    if isinstance(someone, str):
        return someone
    for attribute in ("display_name", "full_name", "name", "first_name"):
        value = getattr(someone, attribute, "")
        if value:
            return str(value() if callable(value) else value)
    return str(getattr(someone, "phone", "") or getattr(someone, "email", "") or someone)


@register.filter
def person(someone: Any) -> SafeString:
    """A name in its own direction; who has none is called by phone, then by mail."""
    name = _name_of(someone)
    if name.startswith("+") and name[1:].isdigit():
        return phone(name)
    return ltr(name) if "@" in name and " " not in name else format_html("<bdi>{}</bdi>", name)


@register.simple_tag
def avatar(someone: Any, *, size: str = "") -> SafeString:
    """A round initial whose colour stays with the person. `size`: medium (44) or large (76)."""
    name = _name_of(someone)
    classes = f"m-avatar m-avatar--{size}" if size else "m-avatar"
    if not name[:1].isalpha():
        return format_html('<span class="{} m-avatar--grey" aria-hidden="true">{}</span>', classes, icon("phone"))
    seed = str(getattr(someone, "pk", None) or name)
    colour = zlib.crc32(seed.encode()) % AVATAR_COLOURS + 1
    return format_html('<span class="{} m-avatar--{}" aria-hidden="true">{}</span>', classes, colour, name[0].upper())


def when_text(value: datetime | date) -> str:
    """ "today, 09:21", "yesterday, 20:12", "tomorrow, 08:00", else 16/11/2026."""
    moment = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    day = moment.date() if isinstance(moment, datetime) else moment
    names = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}
    name = names.get((day - timezone.localdate()) // timedelta(days=1))
    if name is None:
        return date_format(day, "SHORT_DATE_FORMAT")
    return f"{name}, {moment:%H:%M}" if isinstance(moment, datetime) else name


@register.filter
def when(value: datetime | date | None) -> SafeString:
    """A `<time>` in words; its tooltip is the full date and hour."""
    if value is None:
        return mark_safe("-")
    moment = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    full = date_format(moment, "SHORT_DATETIME_FORMAT" if isinstance(moment, datetime) else "SHORT_DATE_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), full, when_text(value))


@register.filter
def lines(value: object) -> list[str]:
    return str(value).split("\n")


@register.inclusion_tag("_reach.html")
def reach(someone: Any) -> dict[str, Any]:
    """Call and WhatsApp, for the row of a person who has a phone."""
    return {"phone": getattr(someone, "phone", ""), "name": _name_of(someone)}


@register.inclusion_tag("_pager.html", takes_context=True)
def pager(context: dict[str, Any], page: Any, *, target: str = "", parameter: str = "page") -> dict[str, Any]:
    """Previous and next, and which rows these are. `target` swaps by htmx the element whose URL this page shares."""
    total = number(page.paginator.count) + ("" if getattr(page.paginator, "is_exact", True) else "+")
    rows = {"first": number(page.start_index()), "last": number(page.end_index()), "total": total}
    place = _("%(first)s to %(last)s of %(total)s") % rows
    back, onwards = _neighbours(context, page, parameter)
    return {"previous_url": back, "next_url": onwards, "target": target, "place": place}


PLACES: dict[str, Any] = {"page": None, "after": None, "before": None}


def _neighbours(context: Any, page: Any, parameter: str) -> list[str]:
    """The addresses of the page before and the page after, or nothing; by number, or by place (crm/contacts/paging.py)."""
    if isinstance(page, Page):
        back = {parameter: page.previous_page_number()} if page.has_previous() else {}
        onwards = {parameter: page.next_page_number()} if page.has_next() else {}
    else:
        back, onwards = page.previous, page.next
    links: list[dict[str, Any]] = [back, onwards]
    return [querystring(context, **(PLACES | asked)) if asked else "" for asked in links]


@register.filter
def faulty_fields(form: BaseForm) -> list[BoundField]:
    """The visible fields that carry errors, in the form's order."""
    return [field for field in form.visible_fields() if field.errors]
