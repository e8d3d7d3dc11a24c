from __future__ import annotations

from config.celery import app


def test_the_clock_rings_only_at_doors_that_exist() -> None:
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert wanted <= set(app.tasks), wanted - set(app.tasks)


def test_no_door_is_left_without_a_clock_or_a_caller() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == {entry["task"] for entry in app.conf.beat_schedule.values()}
