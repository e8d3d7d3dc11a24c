"""The geometry of the stream."""

from __future__ import annotations

import re

from funnels.stream import HEIGHT, WIDTH, draw

POINT = re.compile(r"([\d.]+),([\d.]+)")


def test_the_ribbon_is_to_scale_and_a_stage_with_anybody_is_seen() -> None:
    heights = {float(y) for _, y in POINT.findall(draw([1000, 500, 1], gold_from=None, rtl=False).path)}
    assert {0.0, HEIGHT, HEIGHT / 4, HEIGHT * 3 / 4, HEIGHT / 2 - 1.5, HEIGHT / 2 + 1.5} <= heights


def test_hebrew_reads_the_ribbon_from_the_right() -> None:
    assert draw([2, 1], gold_from=None, rtl=False).path.startswith("M0.0,0.0")
    assert draw([2, 1], gold_from=None, rtl=True).path.startswith(f"M{WIDTH:.1f},0.0")


def test_the_ribbon_of_a_phone_is_the_same_path_on_its_side_in_both_directions() -> None:
    drawn = draw([100, 50], gold_from=None, rtl=False)
    assert POINT.findall(drawn.down) == [(y, x) for x, y in POINT.findall(drawn.path)]
    assert draw([100, 50], gold_from=None, rtl=True).down == drawn.down
