"""The measures equal other people's implementations of the same formulas, to one part in a thousand million."""

from __future__ import annotations

import math
import random
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cityblock, jaccard
from scipy.stats.contingency import association, crosstab
from tests.metrics.drawing import INPUTS, OF, SAID, evidence

from persona.generation.vectors import embed
from persona.metrics.across import _jaccard
from persona.metrics.assignment import best_pairs
from persona.metrics.association import cramers_v
from persona.metrics.evidence import exact
from persona.metrics.lexical import mtld, words
from persona.metrics.spread import _distance, vendi
from persona.model.personas import Evidence
from persona.sources import read

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)  # it leaves a list of words open when it is loaded
    try:
        from lexical_diversity import lex_div
    except ModuleNotFoundError:  # it asks for pkg_resources, which Python 3.12 no longer brings along
        lex_div = None

with_lex_div = pytest.mark.skipif(lex_div is None, reason="lexical_diversity cannot be loaded without pkg_resources")

NEAR = 1e-9


def reference_vendi(rows: np.ndarray) -> float:
    """The package's score of a kernel of clipped cosines; it asks an old name of scipy for a type."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from vendi_score import vendi as package

        found: float = package.score(list(rows), lambda one, other: min(1.0, max(0.0, float(one @ other))))
    return found


@settings(max_examples=60)
@given(st.integers(1, 12), st.integers(1, 40), st.integers(0, 2**32 - 1), st.booleans())
def test_vendi_equals_the_package_of_its_authors(count: int, axes: int, seed: int, copies: bool) -> None:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, axes))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.repeat(rows, 2, axis=0) if copies else rows
    assume(np.linalg.eigvalsh(np.clip(rows @ rows.T, 0, 1)).min() > -NEAR)  # else the package takes a root's log
    assert vendi(rows) == pytest.approx(reference_vendi(rows), abs=NEAR)


def test_vendi_of_real_people_equals_the_package(shared: Path) -> None:
    folder = shared / "data/interviews/anthropic-interviewer-workforce"
    texts = []
    for path in sorted(folder.glob("work_*.md"))[:12]:
        (document,) = read(path.read_bytes(), path.name).documents
        texts.append(" ".join(document.words(turn) for turn in document.turns if turn.role == "participant"))
    rows = embed(texts)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert 1 < vendi(rows) < 12
    assert vendi(rows) == pytest.approx(reference_vendi(rows), abs=NEAR)


def passes(tokens: Sequence[str]) -> bool:
    """Whether the package counts these words as the paper does: it asks for a ratio *below* 0.72, and counts a factor
    that is completed by the very last word as a part of one, so texts in which either happens are left out."""
    for listed in (tokens, tokens[::-1]):
        types, count, factors = set[str](), 0, 0.0
        for at, token in enumerate(listed):
            types.add(token)
            count += 1
            if len(types) * 100 == 72 * count or (len(types) * 100 < 72 * count and at == len(listed) - 1):
                return False
            if len(types) * 100 < 72 * count:
                types, count, factors = set(), 0, factors + 1
        if not factors and len(types) == count:
            return False  # no factor at all: the package says 0
    return True


@with_lex_div
@settings(max_examples=200)
@given(st.integers(100, 600), st.integers(20, 300), st.integers(0, 2**32 - 1))
def test_mtld_equals_a_package(length: int, vocabulary: int, seed: int) -> None:
    chance = random.Random(seed)
    tokens = [f"w{int(chance.random() ** 2 * vocabulary)}" for _ in range(length)]
    assume(passes(tokens))
    assert mtld(tokens) == pytest.approx(lex_div.mtld(tokens, min=1), abs=NEAR, rel=NEAR)


@with_lex_div
def test_mtld_of_real_speech_equals_a_package(shared: Path) -> None:
    compared = 0
    for path in sorted((shared / "data/interviews/anthropic-interviewer-workforce").glob("work_*.md")):
        (document,) = read(path.read_bytes(), path.name).documents
        tokens = words(" ".join(document.words(turn) for turn in document.turns if turn.role == "participant"))
        if len(tokens) >= 100 and passes(tokens):
            assert mtld(tokens) == pytest.approx(lex_div.mtld(tokens, min=1), abs=NEAR)
            compared += 1
    assert compared >= 8


@settings(max_examples=300)
@given(evidence())
def test_a_quotation_is_exact_when_rapidfuzz_finds_it_whole_at_its_place(one: Evidence) -> None:
    """A score of 100 is an equal substring; it must lie where the span says, in words of the participant named."""
    whole = False
    for who, item in OF.items():
        if item.digest != one.document or who != one.participant:
            continue
        for text in SAID[who]:
            begin = item.document.text.index(f"\n\n{text}") + 2
            inside = text[max(0, one.start - begin) : max(0, one.end - begin)]
            same = bool(inside) and begin <= one.start and one.end <= begin + len(text)
            whole |= same and len(one.quote) == len(inside) and fuzz.partial_ratio(one.quote, inside) == 100
    assert exact(one, {item.digest: item for item in INPUTS}) == whole


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1), st.booleans())
def test_partners_are_worth_as_much_as_scipys(rows: int, columns: int, seed: int, ties: bool) -> None:
    generator = np.random.default_rng(seed)
    shape = (rows, columns)
    worth = generator.integers(-2, 3, size=shape).astype(float) if ties else generator.normal(size=shape)
    pairs = best_pairs(worth.tolist())
    wanted = linear_sum_assignment(worth, maximize=True)
    assert len(pairs) == min(rows, columns) == len({row for row, _ in pairs}) == len({column for _, column in pairs})
    assert sum(worth[pair] for pair in pairs) == pytest.approx(worth[wanted].sum(), abs=NEAR)
    if not ties:
        assert pairs == list(zip(*(part.tolist() for part in wanted), strict=True))


def test_nobody_has_partners_among_nobody() -> None:
    assert best_pairs([]) == best_pairs([[], []]) == []


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("vwxyz")), min_size=2, max_size=80))
def test_cramers_v_equals_scipys_and_bergsmas_correction_its_formula(pairs: list[tuple[str, str]]) -> None:
    table = crosstab([one for one, _ in pairs], [other for _, other in pairs]).count
    n, (r, k) = len(pairs), table.shape
    if min(r, k) < 2:
        assert cramers_v(pairs) is None
        assert cramers_v(pairs, corrected=False) is None
        return
    v = association(table, method="cramer")
    assert cramers_v(pairs, corrected=False) == pytest.approx(v, abs=1e-7 if v < 1e-6 else NEAR)
    phi2 = v**2 * min(r - 1, k - 1)
    rest = max(0.0, phi2 - (k - 1) * (r - 1) / (n - 1))
    room = min(k - (k - 1) ** 2 / (n - 1), r - (r - 1) ** 2 / (n - 1)) - 1
    found = cramers_v(pairs)
    if room <= 1e-12:
        assert found is None
    else:
        assert found is not None
        assert found**2 == pytest.approx(min(1.0, rest / room), abs=NEAR)


@given(
    st.dictionaries(st.sampled_from("ABCDEFGH"), st.sampled_from(["red", "blue", "green"]), min_size=1),
    st.lists(st.lists(st.sampled_from("ABCDEFGH"), min_size=1, unique=True), min_size=1, max_size=4),
)
def test_total_variation_is_half_of_scipys_city_blocks(value_of: dict[str, str], groups: list[list[str]]) -> None:
    values = sorted(set(value_of.values()))
    votes = [[value_of[who] for who in group if who in value_of] for group in groups]
    votes = [group for group in votes if group]
    assume(votes)

    def shares(stated: Sequence[str]) -> np.ndarray:
        return np.array([Counter(stated)[value] / len(stated) for value in values])

    wanted = cityblock(shares(list(value_of.values())), np.mean([shares(group) for group in votes], axis=0)) / 2
    assert _distance(groups, value_of) == pytest.approx(wanted, abs=NEAR)


@given(st.sets(st.sampled_from("ABCDEF")), st.sets(st.sampled_from("ABCDEF")))
def test_the_overlap_of_members_is_scipys(one: set[str], other: set[str]) -> None:
    flags = [[who in group for who in "ABCDEF"] for group in (one, other)]
    wanted = 1 - jaccard(*flags) if one | other else 0.0
    assert _jaccard(sorted(one), sorted(other)) == pytest.approx(wanted, abs=NEAR)
    assert not math.isnan(_jaccard(sorted(one), sorted(other)))
