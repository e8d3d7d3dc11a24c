"""The roof: settings, routes, the clock, the launcher and the demo. It wires rooms together and holds no domain."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
