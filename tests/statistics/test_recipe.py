"""From values to a verdict: what is said, and what is said beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.statistics.making import NOISE, compared, sides

from persona.errors import InvalidInput, UsageError
from persona.model.comparisons import Comparison
from persona.statistics import (
    Question,
    averaged,
    compare_all,
    compare_groups,
    compare_pairs,
    compare_several,
    evidence,
    least_pairs,
    mcnemar,
    pairs_needed,
    settled,
    share_difference,
    share_interval,
)  # fmt: skip
from persona.statistics.friedman import friedman
from persona.statistics.intervals import mean_interval
from persona.statistics.permutation import permuted_difference
from persona.statistics.planning import power_of_pairs
from persona.statistics.stopping import look


def codes(one: Comparison) -> list[str]:
    return [caution.code for caution in one.cautions]


@pytest.mark.parametrize(
    ("shift", "settings", "verdict"),
    [
        (0.1, {}, "better"),
        (-0.1, {}, "worse"),
        (0.1, {"direction": "down"}, "worse"),
        (-0.1, {"direction": "down"}, "better"),
        (0.1, {"direction": "none"}, "different"),
        (0.0, {}, "undecided"),
        (0.0, {"smallest": 0.1}, "equivalent"),
        (0.0, {"smallest": 0.02}, "undecided"),
        (0.1, {"smallest": 0.05}, "better"),
        (-0.1, {"smallest": 0.05}, "worse"),
        (0.1, {"smallest": 0.5}, "equivalent"),
        (0.1, {"alpha": 0.001}, "not enough"),
    ],
)
def test_verdicts(shift: float, settings: Any, verdict: str) -> None:
    told = compared(shift, **settings)
    assert told.verdict == verdict, told.why
    assert told.difference == pytest.approx(shift + sum(NOISE) / 10)
    assert f"{told.interval.low:.3g}" in told.why


def test_a_comparison_tells_all_it_rests_on() -> None:
    told = compared(0.1, variant="warm", baseline="cold")
    assert (told.metric, told.variant, told.baseline, told.design) == ("diversity", "warm", "cold", "pairs")
    assert (told.n, told.n_baseline, told.dropped, told.unmatched) == (10, 10, 0, 0)
    assert told.mean - told.mean_baseline == pytest.approx(told.difference)
    assert told.sd == pytest.approx(np.std(NOISE, ddof=1))
    assert told.interval.method == "studentised bootstrap"
    assert told.interval.confidence == 0.95
    assert (told.test.method, told.test.exact, told.test.arrangements) == ("exact sign-flip", True, 1024)
    assert told.test.p == 2 / 1024
    assert [one.name for one in told.effects] == ["cohen dz", "rank-biserial"]
    assert told.evidence.stopped_at is not None
    assert told.why == "difference 0.102, 95% interval 0.0747 to 0.132, p 0.002 against alpha 0.05"
    assert codes(told) == []


@pytest.mark.parametrize("n", [0, 1, 2])
def test_below_three_pairs_values_only(n: int) -> None:
    told = compared(0.1, n)
    assert told.verdict == "not enough"
    assert codes(told) == ["few"]
    assert told.interval is told.test is told.evidence is None
    assert told.effects == told.more == ()
    assert (told.mean is None) == (n == 0)
    assert told.sd == (pytest.approx(0.08 / 2**0.5) if n == 2 else None)
    assert told.why == f"{n} pairs: nothing is inferred from fewer than 3"


def test_five_pairs_are_legal_and_cannot_be_significant() -> None:
    told = compared(0.5, 5)
    assert told.verdict == "not enough"
    assert codes(told) == ["cannot-be-significant"]
    assert told.cautions[0].text == (
        "5 pairs cannot be significant in the exact test: its least p is 0.0625, above alpha 0.05; 6 pairs are the fewest"
    )
    assert told.interval is not None
    assert compared(0.5, 5, alpha=0.1).verdict == "better"
    assert compared(0.0, 5, smallest=0.4).verdict == "equivalent"
    assert compared(0.5, 6).verdict == "better"
    assert least_pairs(0.05) == 6


def test_three_and_four_pairs_take_student() -> None:
    assert compared(0.1, 4).interval.method == "student t"
    assert compared(0.1, 5).interval.method == "studentised bootstrap"
    assert mean_interval(range(1001)).method == "student t"


def test_a_deterministic_engine_is_one_observation() -> None:
    same = dict.fromkeys(range(12), 0.7)
    other = dict.fromkeys(range(12), 0.4)
    told = compare_pairs(same, other, smallest=0.5)
    assert (told.verdict, codes(told)) == ("not enough", ["one-effective"])
    assert "n = 1 effective" in told.cautions[0].text
    assert told.more == ()
    anew = compare_pairs(same, other, deterministic=False)
    assert (anew.verdict, codes(anew)) == ("better", ["no-spread"])
    assert anew.interval.method == "no spread"
    assert anew.interval.low == anew.interval.high == pytest.approx(0.3)
    assert compared(0.1, deterministic=True).verdict == "not enough"
    assert compare_groups(same.values(), other.values()).verdict == "not enough"
    assert compare_groups(same.values(), other.values(), deterministic=False).verdict == "better"


def test_a_difference_that_is_the_same_every_time() -> None:
    """Tenths do not subtract exactly; they are the same difference all the same."""
    base = {at: at / 10 for at in range(8)}
    told = compare_pairs({at: value + 0.3 for at, value in base.items()}, base)
    assert told.sd == 0
    assert codes(told) == ["no-spread"]
    assert told.test.p == 2 / 256
    assert told.verdict == "better"
    assert told.evidence.log_e == 0
    assert told.effects[0].value is None
    assert told.effects[1].value == 1


def test_rounding_is_no_difference() -> None:
    sums = {0: 0.1 + 0.2, 1: 0.7 + 0.1, 2: 1.1 + 2.2, 3: 0.1 + 0.7, 4: 0.3 - 0.1, 5: 0.8 - 0.6}
    plain = {0: 0.3, 1: 0.8, 2: 3.3, 3: 0.8, 4: 0.2, 5: 0.2}
    assert sum(sums[at] != plain[at] for at in plain) >= 4
    told = compare_pairs(sums, plain)
    assert (told.difference, told.sd, told.test.p) == (0.0, 0.0, 1.0)
    assert told.effects[1].value == 0
    assert told.verdict == "undecided"


def test_what_is_left_out_is_counted() -> None:
    one, other = sides(0.1)
    one["set/0"], one["set/1"], other["set/2"], other["set/3"] = None, float("nan"), float("inf"), 1e301
    del one["set/9"]
    one["elsewhere"] = 1.0
    told = compare_pairs(one, other)
    assert (told.n, told.dropped, told.unmatched) == (5, 4, 2)
    assert told.cautions[-1].text == "4 left out because a value was missing or not finite; 2 on one side only"
    assert told.mean == pytest.approx(np.mean([one[f"set/{at}"] for at in range(4, 9)]))
    groups = compare_groups([None, *one.values()], other.values())
    assert (groups.n, groups.n_baseline, groups.dropped) == (8, 8, 5)
    assert "dropped" in codes(groups)


def test_pairs_meet_by_key_and_keep_the_order_of_the_variant() -> None:
    one, other = sides(0.1)
    turned = dict(reversed(other.items()))
    assert compare_pairs(one, turned) == compare_pairs(one, other)
    late = {"z": 0.0, "y": 0.1, "x": -0.1, **{f"n{at}": 5 + at / 10 for at in range(9)}}
    nothing = dict.fromkeys(late, 0.0)
    ahead = compare_pairs(late, nothing).evidence.stopped_at
    behind = compare_pairs(dict(reversed(late.items())), nothing).evidence.stopped_at
    assert ahead is None or ahead > behind


def test_where_the_e_value_stopped() -> None:
    values = [0.8 + 10 * one for one in NOISE]
    told = evidence(values)
    heads = [evidence(values[:n]).log_e for n in range(1, 11)]
    first = next(n for n, one in enumerate(heads, start=1) if one >= np.log(20))
    assert told.stopped_at == first > 3
    assert evidence(values[: first - 1]).stopped_at is None
    assert evidence(values[:first]).stopped_at == first
    assert evidence([1.0, 1.1]).log_e == 0
    assert evidence([1.0, 1.1, 1.05]).log_e > 0


def test_skew_is_told() -> None:
    base = dict.fromkeys(range(10), 0.0)
    told = compare_pairs({**{at: at / 100 for at in range(9)}, 9: 5.0}, base)
    assert told.evidence.skewed
    assert told.evidence.skew > 3
    assert "skew" in codes(told)


def test_a_test_that_contradicts_its_interval_is_told() -> None:
    base = dict.fromkeys(range(7), 0.0)
    told = compare_pairs(dict(enumerate([0.01, 0.01, 0.01, 0.02, 0.01, 0.01, 3.0])), base)
    assert told.test.p <= 0.05
    assert told.interval.low < 0 < told.interval.high
    assert codes(told) == ["skew", "disagree"]


def test_families() -> None:
    raw = compare_all([Question(*sides(shift)) for shift in (0.1, 0.028, 0.0)])
    assert [one.verdict for one in raw] == ["better", "better", "undecided"]
    holm, bh, none = (settled(raw, way) for way in ("holm", "benjamini-hochberg", "none"))
    assert [one.p_adjusted for one in holm] == pytest.approx(
        [3 * raw[0].test.p, 2 * raw[1].test.p, raw[2].test.p], rel=1e-12
    )
    assert [one.verdict for one in holm] == ["better", "undecided", "undecided"]
    assert "after holm over 3" in holm[0].why
    assert bh[1].p_adjusted == pytest.approx(1.5 * raw[1].test.p)
    assert [one.verdict for one in none] == [one.verdict for one in raw]
    assert none[0].p_adjusted is None
    assert settled([], "holm") == []


def test_a_member_without_a_test_still_counts() -> None:
    few, enough = compared(0.1, 2), compared(0.1)
    told = settled([few, enough])
    assert told[0].p_adjusted is None
    assert told[0].verdict == "not enough"
    assert told[1].p_adjusted == 2 * enough.test.p


def test_a_family_too_large_for_so_few_pairs_is_told() -> None:
    told = settled([compared(0.1, 6) for _ in range(4)])
    assert [codes(one) for one in told] == [["family"]] * 4
    assert all(one.verdict == "undecided" for one in told)
    assert codes(settled(told, "none")[0]) == []


def test_more_pairs() -> None:
    told = compared(0.02, smallest=0.05)
    aims = {one.aim: one for one in told.more}
    assert set(aims) == {"different", "equivalent"}
    effect = told.difference / told.sd
    total = told.n + aims["different"].pairs
    assert power_of_pairs(total, effect) >= 0.8 > power_of_pairs(total - 1, effect)
    assert pairs_needed(effect) == total
    assert told.verdict == "undecided"
    assert f"about {aims['equivalent'].pairs} more pairs would show equivalence" in told.why
    beyond = {one.aim: one for one in compared(0.06, smallest=0.05).more}
    assert beyond["beyond"].pairs > 10
    assert not beyond["beyond"].capped


def test_more_pairs_are_bounded() -> None:
    base = dict.fromkeys(range(8), 0.0)
    told = compare_pairs({at: (-1) ** at + 1e-4 for at in range(8)}, base)
    assert told.more[0].capped
    assert told.more[0].pairs == 1000
    assert "more than 1,000 more pairs" in told.why


def test_equivalence_by_the_planned_number_is_reached_as_often_as_said() -> None:
    random = np.random.default_rng(0)
    seen = compared(0.01, smallest=0.06)
    aim = next(one for one in seen.more if one.aim == "equivalent")
    n = seen.n + aim.pairs
    rows = random.normal(seen.difference, seen.sd, (2000, n))
    half = rows.std(axis=1, ddof=1) / n**0.5 * 2.0
    inside = (abs(rows.mean(axis=1)) + half < 0.06).mean()
    assert inside > 0.78 or aim.pairs == 0


def test_groups() -> None:
    one, other = sides(0.3)
    told = compare_groups(one.values(), other.values(), smallest=0.05)
    assert (told.design, told.verdict) == ("groups", "better")
    assert told.test.method == "permutation of groups, drawn"
    assert told.beside.method == "brunner-munzel"
    assert [effect.name for effect in told.effects] == ["cohen d", "cliff delta"]
    assert told.evidence is None
    assert compare_groups([1, 2, 3], [4, 5, 6]).cautions[0].text == (
        "3 and 3 values cannot be significant in the exact test: its least p is 0.1, above alpha 0.05"
    )
    apart = compare_groups([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])
    assert (apart.verdict, codes(apart)) == ("worse", ["separated"])
    assert apart.beside.p is None
    assert compare_groups([1.0], [2.0, 3.0]).verdict == "not enough"
    assert compare_groups([], []).difference is None


def test_yes_and_no_are_counted() -> None:
    one = dict(enumerate([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0]))
    other = dict(enumerate([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0]))
    told = compare_pairs(one, other, binary=True)
    assert told.test.method == "exact mcnemar"
    assert told.test.p == 2 / 256 == compare_pairs(one, other).test.p
    assert told.test.least == 0.5**11
    assert told.interval == share_difference(8, 0, 12).interval
    assert told.verdict == "better"
    always = dict.fromkeys(range(15), 1.0)
    valid = compare_pairs(always, always, binary=True, deterministic=False, smallest=0.25)
    assert valid.verdict == "equivalent"
    assert 0.05 < valid.interval.high < 0.25
    with pytest.raises(InvalidInput, match="neither 1 nor 0"):
        compare_pairs({**one, 11: 0.5}, other, binary=True)


def test_large_groups_and_single_blocks_do_not_fill_memory() -> None:
    assert not permuted_difference([1.0], range(5000)).exact
    assert permuted_difference([1.0, 2.0], range(100)).exact
    assert friedman([[one] for one in range(15)]).p == 1


def test_several() -> None:
    base = {at: at / 10 for at in range(8)}
    far = {at: value + 1 + NOISE[at] for at, value in base.items()}
    near = {at: value + NOISE[at] for at, value in base.items()}
    told = compare_several({"base": base, "near": near, "far": far}, metric="diversity")
    assert told.omnibus.p < 0.05
    assert told.omnibus.method == "friedman permutation, drawn"
    assert {(one.variant, one.baseline): one.verdict for one in told.pairs} == {
        ("near", "base"): "undecided", ("far", "base"): "better", ("far", "near"): "better",
    }  # fmt: skip
    assert all(one.family == 3 and one.adjustment == "holm" for one in told.pairs)
    base_of_tenths, level = {at: at / 10 for at in range(8)}, {at: at / 10 + 0.2 - 0.2 for at in range(8)}
    assert compare_several({"a": base_of_tenths, "b": level, "c": dict(base_of_tenths)}).omnibus.p == 1  # rounding ties
    near[0] = None
    assert (compare_several({"base": base, "near": near, "far": far}).blocks) == 7
    assert friedman([[1, 1], [1, 1], [1, 1]]).p == 1


def test_blocks_count_once() -> None:
    values = {("a", 1): 1.0, ("a", 2): 3.0, ("b", 1): 5.0, ("b", 2): None, ("c", 1): None}
    assert averaged(values, lambda key: key[0]) == {"a": 2.0, "b": 5.0, "c": None}


def test_looking_with_an_end() -> None:
    values = [1.0 + one for one in NOISE]
    early = look(values[:8], 15)
    assert early.decision == "difference"
    assert (early.alpha_early, early.alpha_final) == pytest.approx((0.01, 0.04))
    assert early.at < 8
    assert early.p is None
    clear = [0.8, 1.1, 0.7, 1.3, 1.0]
    assert np.log(20) <= evidence(clear).log_e < np.log(100)  # enough for the whole of alpha, not for a fifth
    assert look(clear, 15).decision == "go on"
    waiting = look(NOISE[:8], 10)
    assert (waiting.decision, waiting.at, waiting.p) == ("go on", None, None)
    done = look([*NOISE, 50.0], 10)
    assert (done.decision, done.at, done.pairs) == ("no difference shown", 10, 10)
    late = look([0.02 + one for one in NOISE], 10, early=0.0)
    assert late.p is not None
    assert late.decision == ("difference" if late.p <= 0.05 else "no difference shown")
    with pytest.raises(UsageError, match="5 planned pairs cannot be significant"):
        look(values, 5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: compared(0.1, alpha=0.0),
        lambda: compared(0.1, alpha=1.5),
        lambda: compared(0.1, alpha=1e-6),
        lambda: compared(0.1, smallest=0.0),
        lambda: compared(0.1, smallest=float("nan")),
        lambda: compare_several({"a": {}, "b": {}}),
        lambda: friedman([[1, 2], [1, 2], [1]]),
        lambda: settled([], "bonferroni"),  # type: ignore[arg-type]
        lambda: share_interval(3, 2),
        lambda: share_interval(0, 0),
        lambda: share_difference(3, 3, 5),
        lambda: mcnemar(-1, 2),
        lambda: pairs_needed(0.5, power=1.0),
        lambda: look([1.0], 15, alpha=2),
    ],
)
def test_settings_out_of_range(call: Any) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    assert caught.value.code == "comparison-setting"


def test_values_that_are_no_numbers() -> None:
    with pytest.raises(InvalidInput, match="'high'") as caught:
        compare_pairs({1: "high", 2: 1.0}, {1: 0.5, 2: 0.5})  # type: ignore[dict-item]
    assert (caught.value.code, caught.value.place) == ("comparison-value", "value 1")
    with pytest.raises(InvalidInput) as caught:
        mean_interval([1.0, float("nan")])
    assert caught.value.code == "comparison-value"
    with pytest.raises(InvalidInput) as caught:
        mean_interval([1.0])
    assert caught.value.code == "comparison-too-few"
