"""Doors for Celery."""

from __future__ import annotations
