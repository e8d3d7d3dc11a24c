"""What can be said of a score's bands before anybody scored: where they leave gaps or overlap, and what no answer reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from surveys.models import Band, Score


def counts_whole(score: Score) -> bool:
    """Whether every value is a whole number: a sum of whole weights and points. (A number question may still break it.)"""
    numbers = [part.get("weight", 1) for part in score.parts]
    numbers += [value for part in score.parts for value in (part.get("points") or {}).values()]
    return score.method == Score.Method.SUM and all(float(number).is_integer() for number in numbers)


def warnings(bands: Sequence[Band], span: tuple[float, float], *, is_whole: bool) -> list[str]:
    """In words. None of them forbids: a gap is a score without a band, of an overlap the first counts."""
    ordered = sorted(bands, key=lambda band: (band.lowest, band.highest))
    found = [
        word for first, second in zip(ordered, ordered[1:], strict=False) for word in _between(first, second, is_whole)
    ]
    low, high = span
    if not ordered or low == high:
        return found
    if ordered[0].lowest > low or max(band.highest for band in ordered) < high:
        found.append(_("Some scores between %(low)s and %(high)s fall outside every band.") % told(low=low, high=high))
    found += [
        _("No answer can reach the band %(band)s.") % {"band": band.name}
        for band in ordered
        if band.highest < low or band.lowest > high
    ]
    return found


def _between(first: Band, second: Band, is_whole: bool) -> list[str]:
    said: Mapping[str, Any] = {"first": first.name, "second": second.name}
    gap = second.lowest - first.highest
    if gap < 0 or (is_whole and gap == 0):
        return [_("%(first)s and %(second)s overlap. The upper one in the list counts.") % said]
    if gap > (1 if is_whole else 0):
        return [_("Between %(first)s and %(second)s there are scores without a band.") % said]
    return []


def told(**numbers: float) -> dict[str, str]:
    return {name: f"{number:g}" for name, number in numbers.items()}
