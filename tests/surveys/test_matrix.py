"""Ratings by one scale stand together as a matrix."""

from __future__ import annotations

from campaigns.content.answering import Input
from surveys import asking


def rating(name: str, *, highest: int = 5, low: str = "אכזב", high: str = "מעולה") -> Input:
    steps = [(str(step), str(step)) for step in range(1, highest + 1)]
    return Input(name, "rating", name, True, options=steps, low=low, high=high)


def told(*inputs: Input) -> list[tuple[str, bool]]:
    return [("".join(row.name for row in group.inputs), group.is_matrix) for group in asking.grouped(inputs)]


def test_three_ratings_by_one_scale_are_a_matrix_and_the_order_stays():
    text = Input("t", "text", "t", False)
    assert told(text, rating("a"), rating("b"), rating("c"), text) == [("t", False), ("abc", True), ("t", False)]


def test_two_or_other_words_or_other_steps_are_not():
    assert told(rating("a"), rating("b")) == [("a", False), ("b", False)]
    assert told(rating("a"), rating("b"), rating("c", high="בטוח שכן")) == [("a", False), ("b", False), ("c", False)]
    assert told(rating("a"), rating("b", highest=4), rating("c")) == [("a", False), ("b", False), ("c", False)]
    assert not any(is_matrix for _names, is_matrix in told(*(rating(name, highest=10) for name in "abcd")))


def test_what_stands_between_parts_them():
    choice = Input("x", "radio", "x", True)
    assert told(rating("a"), rating("b"), choice, rating("c")) == [
        ("a", False),
        ("b", False),
        ("x", False),
        ("c", False),
    ]
