"""What led to what: events say which automation wrote them, and how many automations had led to it one after the other."""

from __future__ import annotations

ACTOR = "automation:"
MAX_DEPTH = 8  # automations that start one another, one after the other


def actor_of(automation_id: int, depth: int) -> str:
    """Who did it, as events say it; the depth tells the next automation how many led here."""
    return f"{ACTOR}{automation_id}:{depth}"


def depth_after(actor: str) -> int:
    """How deep somebody is who comes by an event of this actor."""
    if not actor.startswith(ACTOR):
        return 0
    depth = actor.rpartition(":")[2]
    return int(depth) + 1 if depth.isdigit() else 1
