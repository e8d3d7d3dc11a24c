"""Contrast of two colours as WCAG 2.2 defines it, and the nearest darker colour that passes."""

from __future__ import annotations


def _channels(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def luminance(color: str) -> float:
    """Relative luminance of "#RRGGBB", 0 to 1 (WCAG 2.2, "relative luminance")."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def nearest_readable(color: str, wanted: float) -> str:
    """`color` darkened in the smallest step of 1 % at which white words on it reach `wanted`."""
    for percent in range(100, -1, -1):
        darker = "#" + "".join(f"{round(part * 255 * percent / 100):02X}" for part in _channels(color))
        if ratio(darker, "#FFFFFF") >= wanted:
            return darker
    return "#000000"
