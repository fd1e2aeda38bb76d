"""Every statistic equals scipy or statsmodels where they have it."""

from __future__ import annotations

import warnings
from itertools import combinations, permutations, product

import numpy as np
import pytest
from scipy import stats

from persona.statistics import (
    adjusted_logs,
    benjamini_hochberg,
    combine,
    holm,
    mcnemar,
    pairs_needed,
    power_of_pairs,
    share_difference,
    share_interval,
)  # fmt: skip
from persona.statistics.effects import cliff_delta, cohen_d, cohen_dz, rank_biserial
from persona.statistics.evidence import log_e_values
from persona.statistics.friedman import friedman
from persona.statistics.intervals import difference_interval, mean_interval
from persona.statistics.permutation import brunner_munzel, least_p, least_split_p, permuted_difference, sign_flip

EXACT = {"rel": 1e-9, "abs": 1e-12}
SEEDS = range(6)


def some(seed: int, n: int, kind: str = "normal") -> np.ndarray:
    random = np.random.default_rng([seed, n])
    if kind == "coarse":
        return random.integers(-3, 5, n) / 4  # quarters are exact in floats; scipy misses ties that are not
    return random.beta(8, 2, n) - random.beta(6, 3, n) if kind == "beta" else random.normal(0.4, 1, n)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n", [3, 4, 5, 8, 20, 1500])
def test_student_interval(seed: int, n: int) -> None:
    values = some(seed, n)
    for confidence in (0.9, 0.95):
        found = mean_interval(values, confidence, "t")
        expected = stats.ttest_1samp(values, 0).confidence_interval(confidence)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), **EXACT)
        assert found.method == "student t"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "m"), [(3, 3), (4, 7), (12, 5)])
def test_welch_interval(seed: int, n: int, m: int) -> None:
    one, other = some(seed, n), 3 * some(seed + 50, m)
    found = difference_interval(one, other, method="t")
    expected = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), **EXACT)
    assert found.method == "welch t"


@pytest.mark.parametrize("n", [5, 8, 20])
def test_studentised_bootstrap_by_the_book(n: int) -> None:
    """The same samples, each worked out by itself: mean, standard deviation, ratio, order."""
    from persona.statistics.resampling import DRAWS, shares

    values = some(1, n, "beta")
    ratios = []
    for weights in shares(n):
        drawn = np.repeat(values, np.rint(weights * n).astype(int))
        assert len(drawn) == n
        error = drawn.std(ddof=1) / n**0.5
        away = drawn.mean() - values.mean()
        ratios.append(away / error if len(set(drawn)) > 1 else np.sign(away) * np.inf)
    student, ordered = stats.t.ppf(0.975, n - 1), np.sort(ratios)
    below, above = (
        np.clip(ordered[49], -4 * student, -0.85 * student),
        np.clip(ordered[DRAWS - 50], 0.85 * student, 4 * student),
    )
    error = values.std(ddof=1) / n**0.5
    found = mean_interval(values)
    assert found.method == "studentised bootstrap"
    assert len(ratios) == DRAWS
    assert found.low == pytest.approx(values.mean() - above * error, **EXACT)
    assert found.high == pytest.approx(values.mean() - below * error, **EXACT)


@pytest.mark.parametrize("kind", ["normal", "beta", "coarse"])
@pytest.mark.parametrize("n", [2, 3, 5, 8, 11])
def test_exact_sign_flip(n: int, kind: str) -> None:
    for seed in SEEDS:
        values = some(seed, n, kind)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = stats.permutation_test(
                (values,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
            )
        found = sign_flip(values)
        # scipy doubles the smaller tail; with ties at 0 both agree, as the distribution is symmetric
        assert found.p == pytest.approx(min(1.0, expected.pvalue), **EXACT)
        assert found.exact
        assert found.statistic == pytest.approx(values.mean(), **EXACT)


def test_sign_flip_of_fourteen_pairs_and_beyond() -> None:
    values = some(3, 14)
    signs = np.array(list(product((1, -1), repeat=14)))
    assert sign_flip(values).p == pytest.approx((abs(signs @ values) >= abs(values.sum()) - 1e-12).mean(), **EXACT)
    drawn = sign_flip(np.append(values, 0.0))  # a difference of 0 changes nothing but the way
    assert not drawn.exact
    assert drawn.arrangements == 10_000
    assert drawn.p == pytest.approx(sign_flip(values).p, abs=4 * (0.25 / 10_000) ** 0.5)


def test_least_p_is_reached_and_not_passed() -> None:
    assert [least_p(n) for n in (5, 6, 8)] == [0.0625, 0.03125, 0.0078125]
    for n in (5, 6, 8, 14, 30):
        assert sign_flip(np.arange(1, n + 1)).p == pytest.approx(least_p(n), **EXACT)
    for n, m in ((5, 5), (3, 7), (30, 30)):
        assert permuted_difference(np.arange(n) + 100, np.arange(m)).p == pytest.approx(least_split_p(n, m), **EXACT)
    assert least_split_p(5, 5) == pytest.approx(0.0079, abs=5e-5)


@pytest.mark.parametrize("kind", ["normal", "coarse"])
@pytest.mark.parametrize(("n", "m"), [(3, 3), (5, 5), (4, 7), (2, 9)])
def test_exact_permutation_of_groups(n: int, m: int, kind: str) -> None:
    for seed in SEEDS:
        one, other = some(seed, n, kind), some(seed + 50, m, kind)
        expected = stats.permutation_test(
            (one, other), lambda x, y: np.mean(x) - np.mean(y), n_resamples=np.inf, vectorized=False
        )
        found = permuted_difference(one, other)
        assert found.p == pytest.approx(expected.pvalue, **EXACT)
        assert found.statistic == pytest.approx(expected.statistic, **EXACT)


def test_drawn_permutation_of_groups_is_near_the_exact_one() -> None:
    one, other = some(2, 9), some(9, 9) - 1.6
    found = permuted_difference(one, other)
    assert not found.exact
    pool = np.concatenate([one, other])
    sums = np.array([pool[list(chosen)].sum() for chosen in combinations(range(18), 9)])
    exact = 2 * min((sums >= one.sum() - 1e-9).mean(), (sums <= one.sum() + 1e-9).mean())
    assert 0.005 < exact < 0.5
    assert found.p == pytest.approx(exact, abs=8 * (exact / 10_000) ** 0.5)


@pytest.mark.parametrize("kind", ["normal", "coarse"])
@pytest.mark.parametrize(("n", "m"), [(4, 4), (6, 9), (15, 12)])
def test_brunner_munzel(n: int, m: int, kind: str) -> None:
    for seed in SEEDS:
        one, other = some(seed, n, kind), some(seed + 50, m, kind)
        expected = stats.brunnermunzel(one, other)
        found = brunner_munzel(one, other)
        assert found.p == pytest.approx(expected.pvalue, **EXACT)
        assert found.statistic == pytest.approx(-expected.statistic, **EXACT)  # theirs is the second less the first


@pytest.mark.parametrize("kind", ["normal", "coarse"])
@pytest.mark.parametrize(("k", "n"), [(3, 4), (3, 6), (4, 4), (3, 12), (5, 30)])
def test_friedman_statistic(k: int, n: int, kind: str) -> None:
    for seed in SEEDS:
        table = [some(seed * 10 + one, n, kind) + one / 5 for one in range(k)]
        assert friedman(table).statistic == pytest.approx(stats.friedmanchisquare(*table).statistic, **EXACT)


@pytest.mark.parametrize("n", [200, 700])
def test_friedman_of_many_blocks_is_the_original(n: int) -> None:
    table = [some(seed, n, "coarse") for seed in SEEDS[:4]]
    expected = stats.friedmanchisquare(*table)
    found = friedman(table)
    assert found.method == "friedman, chi-squared"
    assert found.p == pytest.approx(expected.pvalue, **EXACT)
    assert found.statistic == pytest.approx(expected.statistic, **EXACT)


@pytest.mark.parametrize("kind", ["normal", "coarse"])
def test_friedman_p_counts_every_arrangement(kind: str) -> None:
    table = np.array([some(one, 4, kind) + one / 4 for one in range(3)])
    observed = stats.friedmanchisquare(*table).statistic
    larger = total = 0
    for orders in product(permutations(range(3)), repeat=4):
        moved = np.stack([table[list(order), block] for block, order in enumerate(orders)], axis=1)
        larger += stats.friedmanchisquare(*moved).statistic >= observed - 1e-9
        total += 1
    found = friedman(table)
    assert found.exact
    assert found.p == pytest.approx(larger / total, **EXACT)


def test_friedman_equals_the_printed_table() -> None:
    """Three variants, three blocks, all in the same order: chi2 6.0, p 0.028 (Friedman 1937, table)."""
    found = friedman([[1, 1, 1], [2, 2, 2], [3, 3, 3]])
    assert found.statistic == pytest.approx(6.0)
    assert found.p == pytest.approx(1 / 36, **EXACT)


@pytest.mark.parametrize("seed", SEEDS)
def test_effects(seed: int) -> None:
    d = some(seed, 9)
    assert cohen_dz(d).value == pytest.approx(d.mean() / d.std(ddof=1), **EXACT)
    ranks = stats.rankdata(abs(d))
    assert rank_biserial(d).value == pytest.approx((ranks * np.sign(d)).sum() / ranks.sum(), **EXACT)
    coarse = some(seed, 20, "coarse")
    kept = coarse[coarse != 0]
    ranks = stats.rankdata(abs(kept))
    assert rank_biserial(coarse).value == pytest.approx((ranks * np.sign(kept)).sum() / ranks.sum(), **EXACT)
    one, other = some(seed, 7, "coarse"), some(seed + 50, 11, "coarse")
    u = stats.mannwhitneyu(one, other).statistic
    assert cliff_delta(one, other).value == pytest.approx(2 * u / 77 - 1, **EXACT)
    pooled = ((6 * one.var(ddof=1) + 10 * other.var(ddof=1)) / 16) ** 0.5
    assert cohen_d(one, other).value == pytest.approx((one.mean() - other.mean()) / pooled, **EXACT)


@pytest.mark.parametrize("seed", SEEDS)
def test_adjusted_p_values(seed: int) -> None:
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(seed).random(12).round(2) ** 2
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], **EXACT)
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], **EXACT)
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p), **EXACT)


@pytest.mark.parametrize(("won", "lost"), [(0, 0), (1, 0), (5, 0), (3, 8), (9, 9), (40, 21)])
def test_mcnemar(won: int, lost: int) -> None:
    from statsmodels.stats.contingency_tables import mcnemar as reference

    assert mcnemar(won, lost).p == pytest.approx(reference([[3, won], [lost, 4]], exact=True).pvalue, **EXACT)


@pytest.mark.parametrize(("successes", "trials"), [(0, 5), (5, 5), (3, 8), (99, 100)])
def test_jeffreys_interval(successes: int, trials: int) -> None:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(successes, trials, method="jeffreys")
    found = share_interval(successes, trials).interval
    assert found.low == pytest.approx(low if successes else 0.0, **EXACT)
    assert found.high == pytest.approx(high if successes < trials else 1.0, **EXACT)


@pytest.mark.parametrize(("won", "lost", "trials"), [(0, 0, 8), (5, 1, 12), (2, 9, 40), (30, 30, 60)])
def test_interval_of_a_paired_difference_of_shares(won: int, lost: int, trials: int) -> None:
    """Against a million draws of the posterior that it is the quantiles of."""
    drawn = np.random.default_rng(0).dirichlet(
        (won + 0.5, lost + 0.5, (trials - won - lost) / 2 + 0.5, (trials - won - lost) / 2 + 0.5), 1_000_000
    )
    difference = drawn[:, 0] - drawn[:, 1]
    found = share_difference(won, lost, trials).interval
    shares = [(difference < found.low).mean(), (difference > found.high).mean()]
    assert shares == pytest.approx([0.025, 0.025], abs=0.001)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("k", [2, 3, 8])
def test_random_effects(seed: int, k: int) -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    random = np.random.default_rng([seed, k])
    errors = random.uniform(0.05, 0.3, k)
    effects = random.normal(0.2, 0.4 if seed % 2 else 0.01, k) + random.normal(0, errors)
    with np.errstate(invalid="ignore"):  # theirs, where Q is below its degrees of freedom
        paule, laird = (combine_effects(effects, errors**2, method_re=one) for one in ("iterated", "chi2"))
    normal = paule.conf_int(use_t=False)[0]
    found = combine(effects, errors)
    assert found.fixed == pytest.approx(paule.mean_effect_fe, **EXACT)
    assert (found.fixed_interval.low, found.fixed_interval.high) == pytest.approx(normal, **EXACT)
    assert found.q == pytest.approx(paule.q, **EXACT)
    assert found.q_p == pytest.approx(stats.chi2.sf(paule.q, k - 1), **EXACT)
    assert found.i2 == pytest.approx(max(0.0, paule.i2), **EXACT)
    assert found.tau_dl**2 == pytest.approx(max(0.0, laird.tau2), **EXACT)
    assert found.tau**2 == pytest.approx(max(0.0, paule.tau2), rel=1e-4, abs=1e-6)  # theirs stops at a tolerance
    if found.tau > 0:  # ours meets the equation that defines it
        weights = 1 / (errors**2 + found.tau**2)
        middle = (weights * effects).sum() / weights.sum()
        assert (weights * (effects - middle) ** 2).sum() == pytest.approx(k - 1, **EXACT)
    weights = 1 / (errors**2 + found.tau**2)
    assert found.random == pytest.approx((weights * effects).sum() / weights.sum(), **EXACT)
    factor = (weights * (effects - found.random) ** 2).sum() / (k - 1)
    assert found.widened == (factor < 1 - 1e-9)
    half = stats.t.ppf(0.975, k - 1) * (max(1, factor) / weights.sum()) ** 0.5
    assert found.interval.high - found.random == pytest.approx(half, **EXACT)


def test_hartung_knapp_equals_statsmodels_where_it_is_not_widened() -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    effects, errors = np.array([0.1, 0.5, -0.2, 0.9]), np.array([0.1, 0.12, 0.2, 0.15])
    reference = combine_effects(effects, errors**2, method_re="iterated", use_t=True)
    found = combine(effects, errors)
    low, high = reference.conf_int(use_t=True)[3]  # weights by random effects, scale estimated
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=2e-5)
    assert found.random == pytest.approx(reference.mean_effect_re, abs=1e-5)
    half = stats.t.ppf(0.975, 2) * (found.tau**2 + 1 / (1 / (errors**2 + found.tau**2)).sum()) ** 0.5
    assert found.prediction.high - found.random == pytest.approx(half, **EXACT)


@pytest.mark.parametrize("effect", [0.0, 0.2, 0.5, 0.8, 1.0, 1.5])
@pytest.mark.parametrize("n", [3, 5, 8, 15, 30, 200])
def test_power(n: int, effect: float) -> None:
    from statsmodels.stats.power import TTestPower

    assert power_of_pairs(n, effect) == pytest.approx(TTestPower().power(effect, n, 0.05), abs=1e-8)


def test_pairs_needed() -> None:
    from statsmodels.stats.power import TTestPower

    for effect in (0.3, 0.5, 0.8, 1.0):
        exact = TTestPower().solve_power(effect, None, 0.05, 0.8)
        assert pairs_needed(effect) == int(np.ceil(exact))
    assert pairs_needed(3.0) == 6  # the t test would need fewer, the sign-flip test cannot
    assert pairs_needed(0.01) is None


def test_e_value_is_the_bayes_factor_it_says() -> None:
    """The likelihood of t under a normal effect, integrated by quadrature, over that under none."""
    from scipy.integrate import quad

    values = some(4, 9)
    logs, skews = log_e_values(values[None, :])
    for n in (3, 5, 9):
        head = values[:n]
        t = stats.ttest_1samp(head, 0).statistic

        def weighed(d: float, t: float = t, n: int = n) -> float:
            return stats.nct.pdf(t, n - 1, d * n**0.5) * stats.norm.pdf(d)

        alternative, _ = quad(weighed, -12, 12, limit=200)
        assert logs[0, n - 1] == pytest.approx(np.log(alternative / stats.t.pdf(t, n - 1)), abs=1e-6)
        assert skews[0, n - 1] == pytest.approx(stats.skew(head, bias=False), **EXACT)
    assert list(logs[0, :2]) == [0, 0]


def test_adjusted_e_values_are_the_least_means_of_all_sets() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        logs = list(random.normal(0.5, 2, 6).round(1))
        found = adjusted_logs(logs)
        for at in range(6):
            others = [one for one in range(6) if one != at]
            sets = [[at, *more] for size in range(6) for more in combinations(others, size)]
            least = min(np.mean([np.exp(logs[one]) for one in chosen]) for chosen in sets)
            assert found[at] == pytest.approx(np.log(least), **EXACT)
