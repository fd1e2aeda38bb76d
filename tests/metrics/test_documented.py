"""The page of measures says what the registry says, and the registry names the numbers that the code uses."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from persona.metrics import REGISTRY, association, clashes, evidence, language, lexical, scores, spread
from persona.metrics.definitions import ACROSS, PARTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
EVERY = REGISTRY | ACROSS
WORDS = {"up": "higher is better", "down": "lower is better", "none": "reported, not ranked"}


def test_the_page_is_what_the_script_makes() -> None:
    spec = importlib.util.spec_from_file_location("make_metrics", ROOT / "scripts/make_metrics_reference.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.page() == PAGE


def test_each_measure_has_its_section_with_version_range_direction_and_formula() -> None:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    assert [section.partition("\n")[0] for section in sections] == [*EVERY, "The four scores of R-016"]
    for section, one in zip(sections, EVERY.values(), strict=False):
        _, head, formula = section.strip().split("\n\n")
        low, high = one.span
        over = "; measured over several runs by `persona metrics across`" if one.name in ACROSS else ""
        told = f"Version {one.version}; {low} to {high}; {WORDS[one.direction]}; counted over {one.denominator}{over}."
        assert head == told
        assert formula == f"> {one.formula}"


def test_the_page_names_the_four_scores_with_direction_and_parts() -> None:
    last = PAGE.partition("## The four scores of R-016")[2]
    assert set(scores([])) == set(PARTS)
    for name, score in PARTS.items():
        assert f"`{name}` (version {score.version}, {WORDS[score.direction]}): {score.formula}" in last
        assert score.parts
        for part in score.parts:
            assert part in score.formula
            assert EVERY[part].direction in (score.direction, "none")


def test_formulas_name_the_numbers_that_the_code_uses() -> None:
    for name in ("faithfulness", "citation_precision"):
        assert f"cosine of at least {evidence.SUPPORTED_AT} to the claim" in REGISTRY[name].formula
    for name in ("consistency_internal", "contradiction_rate"):
        assert f"with cosine of at least {clashes.TOPIC}" in REGISTRY[name].formula.replace("with a span of", "with")
        assert f"cosine of at least {clashes.ALIKE}" in REGISTRY[name].formula
    for name in ("diversity", "bias_representation"):
        assert f"{spread.DRAWS} random" in REGISTRY[name].formula
    assert f"a pair needs {association.LEAST} personas" in ACROSS["bias_association"].formula
    assert f"within {association.FEWEST} and {association.MOST}" in ACROSS["bias_association"].formula
    assert f"|z| > {language.BEYOND} in" in REGISTRY["bias_language"].formula
    assert f"above {lexical.THRESHOLD}," in REGISTRY["lexical_mtld"].formula
    assert f"from {lexical.LEAST_WORDS} words on" in REGISTRY["lexical_mtld"].formula
