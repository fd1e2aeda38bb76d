"""The promises of ``bench/bench_statistics.py``, with fewer experiments: each bar is met up to chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from persona.statistics.evidence import log_e_values
from persona.statistics.intervals import difference_interval, mean_intervals
from persona.statistics.permutation import permuted_difference, sign_flips
from persona.statistics.stopping import look


def at_most(hits: int, n: int, share: float) -> bool:
    """Whether so many hits could still come from this share: one in 10,000 at least."""
    return bool(stats.binom.sf(hits - 1, n, share) > 1e-4)


def at_least(hits: int, n: int, share: float) -> bool:
    return bool(stats.binom.cdf(hits, n, share) > 1e-4)


def drawn(kind: str, *size: int) -> np.ndarray:
    random = np.random.default_rng([11, *size])
    if kind == "beta":
        return random.beta(8, 2, size) - random.beta(8, 2, size)
    if kind == "exponential":
        return random.exponential(size=size) - 1
    if kind == "skewed scores":
        return random.exponential(size=size) - random.exponential(size=size)
    return random.normal(size=size)


@pytest.mark.parametrize("kind", ["normal", "beta", "skewed scores"])
def test_looking_after_every_pair_gives_no_more_false_alarms(kind: str) -> None:
    logs, _ = log_e_values(drawn(kind, 2000, 40))
    alarms = int((logs >= np.log(20)).any(axis=1).sum())
    assert at_most(alarms, 2000, 0.05)
    assert alarms > 5  # it can sound at all


def test_the_sign_flip_test_keeps_its_level() -> None:
    for n in (6, 10, 20):
        alarms = sum(one.p <= 0.05 for one in sign_flips(drawn("beta", 2000, n)))
        assert at_most(alarms, 2000, 0.05)
        assert at_least(alarms, 2000, 0.028)


def test_groups_keep_their_level() -> None:
    one, other = drawn("beta", 600, 6), drawn("beta", 600, 6)[::-1]
    alarms = sum(permuted_difference(a, b).p <= 0.05 for a, b in zip(one, other, strict=True))
    assert at_most(alarms, 600, 0.05)
    assert alarms > 5


def test_power_at_one_standard_deviation_by_fifteen_pairs() -> None:
    rows = drawn("normal", 1000, 15) + 1
    assert at_least(sum(one.p <= 0.05 for one in sign_flips(rows)), 1000, 0.9)
    assert at_least(sum(look(row, 15).decision == "difference" for row in rows[:300]), 300, 0.9)


@pytest.mark.parametrize("kind", ["normal", "beta", "exponential"])
@pytest.mark.parametrize("n", [5, 6, 8, 10, 15, 20])
def test_intervals_cover_what_they_say(kind: str, n: int) -> None:
    low, high, _ = mean_intervals(drawn(kind, 2000, n))
    hits = int(((low <= 0) & (high >= 0)).sum())
    assert at_least(hits, 2000, 0.93)
    assert at_most(hits, 2000, 0.97)


def test_intervals_of_groups_cover_what_they_say() -> None:
    one, other = drawn("normal", 500, 8), 3 * drawn("normal", 500, 9)
    spans = [difference_interval(a, b) for a, b in zip(one, other, strict=True)]
    hits = sum(span.low <= 0 <= span.high for span in spans)
    assert at_least(hits, 500, 0.93)
    assert at_most(hits, 500, 0.97)
