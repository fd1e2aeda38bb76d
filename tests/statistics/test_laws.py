"""What must hold for any values: symmetry, scale, order, and never a NaN."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from persona.model.comparisons import Comparison
from persona.statistics import (
    Question,
    adjusted_logs,
    benjamini_hochberg,
    combine,
    compare_all,
    compare_groups,
    compare_pairs,
    compare_several,
    holm,
    log_mean,
    settled,
    share_difference,
    share_interval,
)  # fmt: skip
from persona.statistics.evidence import log_e_values

OPPOSITE = {"better": "worse", "worse": "better"}

tenths = st.integers(-20, 20).map(lambda one: one / 10)
finite = st.floats(-1e300, 1e300)
moderate = st.floats(-1e6, 1e6).map(lambda one: one if abs(one) > 1e-6 else 0.0)
anything = st.one_of(
    st.floats(), st.none(), st.just(0.7), st.sampled_from([5e-324, -5e-324, 1e300, -1e300, 1.7e308, 0.0, 1.0])
)


def pairs_of(values: st.SearchStrategy[Any], least: int = 0, most: int = 18) -> st.SearchStrategy[Any]:
    return st.lists(st.tuples(values, values), min_size=least, max_size=most)


def compared(pairs: list[tuple[Any, Any]], **settings: Any) -> Comparison:
    one, other = ({at: pair[side] for at, pair in enumerate(pairs)} for side in (0, 1))
    return compare_pairs(one, other, **settings)


def numbers(told: Any) -> list[float]:
    """Every number in a struct."""
    if isinstance(told, dict):
        return [one for value in told.values() for one in numbers(value)]
    if isinstance(told, list | tuple):
        return [one for value in told for one in numbers(value)]
    return [told] if isinstance(told, float) else []


def check_sane(told: Comparison) -> None:
    plain = msgspec.to_builtins(told)
    assert all(math.isfinite(one) for one in numbers(plain)), plain
    assert msgspec.convert(plain, Comparison) == told
    if told.interval:
        assert told.interval.low <= told.interval.high
        slack = 1e-9 * (abs(told.interval.low) + abs(told.interval.high))
        assert told.interval.low - slack <= told.difference <= told.interval.high + slack
    for test in (told.test, told.beside):
        assert test is None or test.p is None or 0 < test.p <= 1
    assert told.why
    assert told.verdict in ("better", "worse", "different", "equivalent", "undecided", "not enough")


@given(pairs_of(anything), st.sampled_from([None, 0.1, 1e200]), st.sampled_from(["up", "down", "none"]))
def test_any_pairs_give_numbers_and_a_sentence(pairs: Any, smallest: float | None, direction: Any) -> None:
    check_sane(compared(pairs, smallest=smallest, direction=direction))


@given(st.lists(anything, max_size=12), st.lists(anything, max_size=12), st.sampled_from([None, 0.1]))
def test_any_groups_give_numbers_and_a_sentence(one: Any, other: Any, smallest: float | None) -> None:
    check_sane(compare_groups(one, other, smallest=smallest))


@given(st.floats(-1e300, 1e300), st.integers(3, 20), st.floats(-1e300, 1e300))
def test_constant_values(value: float, n: int, other: float) -> None:
    told = compared([(value, other)] * n)
    check_sane(told)
    assert told.interval.low == told.interval.high
    assert told.interval.method == "no spread"
    assert told.verdict == "not enough"
    assert "one-effective" in [one.code for one in told.cautions]


@given(pairs_of(st.one_of(tenths, moderate), least=1), st.sampled_from([None, 0.3]))
def test_swapping_the_sides_mirrors_everything(pairs: Any, smallest: float | None) -> None:
    here, there = compared(pairs, smallest=smallest), compared([(b, a) for a, b in pairs], smallest=smallest)
    assert there.difference == -here.difference
    assert there.verdict == OPPOSITE.get(here.verdict, here.verdict)
    if here.test:
        assert there.test.p == here.test.p
        assert (there.interval.low, there.interval.high) == pytest.approx((-here.interval.high, -here.interval.low))
        assert there.evidence.log_e == here.evidence.log_e
        assert there.evidence.stopped_at == here.evidence.stopped_at
        assert [one.value for one in there.effects] == [
            None if one.value is None else -one.value for one in here.effects
        ]


@given(st.lists(tenths, min_size=3, max_size=9), st.lists(tenths, min_size=3, max_size=9))
def test_swapping_two_groups_mirrors_everything(one: Any, other: Any) -> None:
    assume(one != other)  # of the same values, which draws are whose is chance
    here, there = compare_groups(one, other), compare_groups(other, one)
    assert there.verdict == OPPOSITE.get(here.verdict, here.verdict)
    assert there.difference == pytest.approx(-here.difference, abs=1e-12)
    assert there.effects[1].value == -here.effects[1].value
    assert there.test.p == here.test.p
    assert (there.interval.low, there.interval.high) == (-here.interval.high, -here.interval.low)


@given(pairs_of(st.one_of(tenths, moderate), least=3), st.integers(-900, 900))
def test_scale_changes_no_p(pairs: Any, power: int) -> None:
    here = compared(pairs)
    there = compared([(math.ldexp(a, power), math.ldexp(b, power)) for a, b in pairs])
    assert there.test.p == here.test.p
    assert there.evidence.log_e == here.evidence.log_e
    assert there.verdict == here.verdict


@given(pairs_of(tenths, least=3), st.sampled_from([0.3, 3.0, 7.1, 100.0]))
def test_units_change_no_p(pairs: Any, factor: float) -> None:
    here, there = compared(pairs), compared([(a * factor, b * factor) for a, b in pairs])
    assert there.test.p == pytest.approx(here.test.p, abs=1e-12)
    assert there.verdict == here.verdict
    assert there.difference == pytest.approx(here.difference * factor, rel=1e-9, abs=1e-9)


@given(pairs_of(tenths, least=3), st.sampled_from([-3.3, 0.1, 0.7, 2.9]))
def test_adding_the_same_to_both_sides_changes_nothing(pairs: Any, constant: float) -> None:
    here, there = compared(pairs), compared([(a + constant, b + constant) for a, b in pairs])
    assert there.test.p == pytest.approx(here.test.p, abs=1e-12)
    assert there.verdict == here.verdict
    assert there.difference == pytest.approx(here.difference, abs=1e-9)
    assert there.evidence.log_e == pytest.approx(here.evidence.log_e, abs=1e-6)
    assert (there.interval.low, there.interval.high) == pytest.approx((here.interval.low, here.interval.high), abs=1e-6)


@given(pairs_of(tenths, least=3), st.randoms(use_true_random=False))
def test_the_order_of_pairs_matters_only_to_the_looks(pairs: Any, random: Any) -> None:
    moved = list(pairs)
    random.shuffle(moved)
    here, there = compared(pairs), compared(moved)
    if here.test.exact:
        assert there.test.p == pytest.approx(here.test.p)
    assert there.evidence.log_e == pytest.approx(here.evidence.log_e, abs=1e-9)


@given(st.lists(finite, min_size=1, max_size=20))
def test_e_values_are_finite(values: Any) -> None:
    logs, skews = log_e_values(np.array([values]))
    assert np.isfinite(logs).all()
    assert not np.isinf(skews).any()


@given(st.lists(st.one_of(moderate, tenths), min_size=1, max_size=30), st.integers(1, 30))
def test_the_e_value_of_a_prefix_does_not_know_what_follows(values: Any, head: int) -> None:
    head = min(head, len(values))
    whole, part = (log_e_values(np.array([rows]))[0] for rows in (values, values[:head]))
    assert whole[:, :head] == pytest.approx(part, rel=1e-6, abs=1e-6)  # scaled by their own largest values


@given(st.lists(st.floats(0, 1), min_size=1, max_size=15))
def test_adjusted_p_values_are_in_order_and_larger(p: list[float]) -> None:
    for adjust in (holm, benjamini_hochberg):
        found = adjust(p)
        assert all(raw <= new <= 1 for raw, new in zip(p, found, strict=True))
        ordered = sorted(zip(p, found, strict=True))
        assert [new for _, new in ordered] == sorted(found)
    assert all(a >= b for a, b in zip(holm(p), benjamini_hochberg(p), strict=True))
    assert min(holm(p)) == min(1.0, len(p) * min(p))


@given(st.lists(st.floats(-700, 5000), min_size=1, max_size=12))
def test_adjusted_e_values_are_in_order_and_smaller(logs: list[float]) -> None:
    found = adjusted_logs(logs)
    assert all(new <= old for new, old in zip(found, logs, strict=True))
    assert [new for _, new in sorted(zip(logs, found, strict=True))] == pytest.approx(sorted(found))
    assert min(logs) - 1e-9 <= log_mean(logs) <= max(logs) + 1e-9


@given(st.lists(pairs_of(tenths, most=9), min_size=1, max_size=6))
def test_many_at_once_equal_each_by_itself(cases: Any) -> None:
    questions = [
        Question(
            {at: a for at, (a, _) in enumerate(pairs)}, {at: b for at, (_, b) in enumerate(pairs)}, variant=str(name)
        )
        for name, pairs in enumerate(cases)
    ]
    for question, told in zip(questions, compare_all(questions), strict=True):
        alone = compare_pairs(question.values, question.against, variant=question.variant)
        assert (told.n, told.verdict, told.variant) == (alone.n, alone.verdict, alone.variant)
        assert numbers(msgspec.to_builtins(told)) == pytest.approx(
            numbers(msgspec.to_builtins(alone)), rel=1e-9, abs=1e-12
        )


@given(st.lists(pairs_of(tenths, most=9), min_size=1, max_size=6), st.sampled_from(["holm", "benjamini-hochberg"]))
def test_a_family_never_makes_a_verdict_surer(cases: Any, adjustment: Any) -> None:
    raw = [compared(pairs) for pairs in cases]
    for before, after in zip(raw, settled(raw, adjustment), strict=True):
        assert after.family == len(raw)
        assert after.verdict == before.verdict or after.verdict in ("undecided", "not enough")
        if before.test:
            assert after.p_adjusted >= before.test.p


@given(
    st.lists(st.tuples(st.floats(-1e290, 1e290), st.floats(1e-290, 1e290)), min_size=1, max_size=8),
)
def test_combining_gives_numbers(estimates: Any) -> None:
    found = combine([one for one, _ in estimates], [error for _, error in estimates])
    assert all(math.isfinite(one) for one in numbers(msgspec.to_builtins(found))), found
    assert sum(found.weights) == pytest.approx(1)
    if found.interval:
        assert found.interval.low <= found.random <= found.interval.high
    if found.prediction:
        assert found.prediction.low <= found.random <= found.prediction.high


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_shares_lie_in_their_intervals(case: tuple[int, int]) -> None:
    successes, trials = case
    one = share_interval(successes, trials)
    assert 0 <= one.interval.low <= one.value <= one.interval.high <= 1
    won, lost = share_difference(successes // 2, successes - successes // 2, trials), successes - successes // 2
    mirror = share_difference(lost, successes // 2, trials)
    assert -1 <= won.interval.low <= won.interval.high <= 1
    assert (won.interval.low, won.interval.high) == (-mirror.interval.high, -mirror.interval.low)


@given(st.lists(st.lists(anything, min_size=6, max_size=6), min_size=3, max_size=4))
def test_several_variants_of_any_values(table: Any) -> None:
    told = compare_several({str(name): dict(enumerate(values)) for name, values in enumerate(table)})
    assert told.omnibus is None or 0 < told.omnibus.p <= 1
    for one in told.pairs:
        check_sane(one)
