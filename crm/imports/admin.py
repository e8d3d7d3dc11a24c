"""What operators see of this room. Changed only by verbs, so nothing here can be changed."""

from __future__ import annotations
