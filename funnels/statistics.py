"""Small honest statistics: the Wilson interval of a rate, and where the middle of some durations lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

TOO_FEW = 30  # people under which a rate is drawn grey
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of `whole` people. `value` is None for 0 of 0, which is drawn as "-"."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def percent(self) -> str:
        return "-" if self.value is None else f"{self.value:.1%}"

    @property
    def is_thin(self) -> bool:
        return self.whole < TOO_FEW

    @property
    def interval(self) -> tuple[float, float] | None:
        """The Wilson 95 % interval (E. B. Wilson, 1927), as fractions."""
        return wilson(self.part, self.whole)


def wilson(part: int, whole: int, z: float = Z95) -> tuple[float, float] | None:
    if not whole:
        return None
    share = part / whole
    centre = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds. Quantiles interpolate between the two nearest values."""

    mean: float
    median: float
    p75: float
    p90: float


def durations(seconds: Sequence[float]) -> Durations | None:
    if not seconds:
        return None
    ordered = sorted(seconds)
    mean = sum(ordered) / len(ordered)
    return Durations(mean, quantile(ordered, 0.5), quantile(ordered, 0.75), quantile(ordered, 0.9))


def quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
