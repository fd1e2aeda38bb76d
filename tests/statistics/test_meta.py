"""Several comparisons taken together, with an honest view of one or two."""

from __future__ import annotations

import pytest
from tests.statistics.making import compared, sides

from persona.errors import InvalidInput
from persona.statistics import combine, combine_comparisons, compare_groups, compare_pairs


def test_meta_of_one_two_and_none() -> None:
    one = combine([0.3], [0.1])
    assert (one.k, one.fixed, one.random) == (1, 0.3, pytest.approx(0.3))
    assert one.interval is one.tau is one.i2 is one.prediction is None
    assert one.notes
    two = combine([0.3, 0.5], [0.1, 0.1])
    assert two.prediction is None
    assert two.interval.high - two.interval.low > 3 * (two.fixed_interval.high - two.fixed_interval.low)
    assert "two comparisons" in two.notes[0]
    with pytest.raises(InvalidInput):
        combine([], [])
    with pytest.raises(InvalidInput, match="standard error above 0"):
        combine([1.0, 2.0], [0.1, 0.0])


def test_meta_of_comparisons() -> None:
    flat = compare_pairs(dict.fromkeys(range(6), 1.0), dict.fromkeys(range(6), 0.0))
    group = compare_groups(list(sides(0.2)[0].values()), list(sides(0.0)[1].values()))
    told = combine_comparisons([compared(0.1), compared(0.2), flat, compared(0.1, 2), group])
    assert (told.k, told.left_out) == (3, 2)
    assert "2 without spread" in told.notes[-1]
    errors = [compared(0.1).sd / 10**0.5, compared(0.2).sd / 10**0.5, group.sd * 0.2**0.5]
    again = combine([compared(0.1).difference, compared(0.2).difference, group.difference], errors)
    assert told.random == pytest.approx(again.random)
