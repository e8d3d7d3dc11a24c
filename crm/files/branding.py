"""The business's colour as a stylesheet whose address says all there is to know, so it is cached for ever and asks no database.

No inline style is allowed by the policy, and a nonce would make every stranger's page different; hence a file of its own.
"""

from __future__ import annotations

import re

from django.urls import reverse

COLOUR = re.compile(r"#?([0-9A-Fa-f]{6})")
FALLBACK = "0b5f70"
READABLE = 4.5  # WCAG AA for text
INK, PAPER = (6, 37, 44), (255, 255, 255)
Rgb = tuple[int, int, int]


def stylesheet_url(brand_color: str) -> str:
    """ "#0B5F70" -> "/files/brand/0b5f70.css"."""
    found = COLOUR.fullmatch(brand_color)
    return reverse("files_public:brand", kwargs={"colour": found[1].lower() if found else FALLBACK})


def stylesheet(colour: str) -> str:
    """Custom properties for public pages: the brand, its pressed shade and tints, and what can be read on it."""
    brand = rgb(colour)
    on_brand = PAPER if contrast(brand, PAPER) >= READABLE else INK
    values = {
        "brand": brand,
        "brand-strong": mixed(brand, (0, 0, 0), 0.25),
        "brand-edge": mixed(brand, PAPER, 0.55),
        "brand-soft": mixed(brand, PAPER, 0.88),
        "on-brand": on_brand,
        "brand-text": _readable(brand),
    }
    return ":root{" + ";".join(f"--{name}:{_hex(value)}" for name, value in values.items()) + "}\n"


def rgb(colour: str) -> Rgb:
    digits = colour.lstrip("#")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast ratio of two colours by WCAG 2, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`one` with `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _readable(brand: Rgb) -> Rgb:
    """The brand, darkened until it can be read on white: links and headings."""
    for step in range(11):
        shade = mixed(brand, (0, 0, 0), step / 10)
        if contrast(shade, PAPER) >= READABLE:
            return shade
    return INK


def _luminance(colour: Rgb) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
