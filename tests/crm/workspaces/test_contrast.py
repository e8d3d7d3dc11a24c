from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.workspaces.contrast import nearest_readable, ratio


def test_contrast_agrees_with_published_values() -> None:
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21)
    assert ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@given(st.integers(0, 0xFFFFFF))
def test_the_nearest_colour_passes_and_one_that_passes_stays(number: int) -> None:
    color = f"#{number:06X}"
    nearest = nearest_readable(color, 4.5)
    assert ratio(nearest, "#FFFFFF") >= 4.5
    if ratio(color, "#FFFFFF") >= 4.5:
        assert nearest == color
