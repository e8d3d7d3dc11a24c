"""REST of this app: serializers, viewsets, and `routes` (prefix, viewset, basename)."""

from __future__ import annotations

routes: list[tuple[str, type, str]] = []
