"""How an errand can end badly."""

from __future__ import annotations


class Failed(Exception):
    """It did not work this time, and is tried again."""


class GaveUp(Exception):
    """Trying again is of no use until the owner mends something. Its text says what."""
