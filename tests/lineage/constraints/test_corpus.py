"""The checker judges the cases of the W3C working group and of ProvToolbox as they are meant."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from prov.model import ProvDocument, ProvException
from tests.lineage.prov.judge import CORPUS

from persona.lineage.constraints.check import check
from persona.lineage.constraints.rules import NAMES
from persona.lineage.prov.formats import read_prov

CASES = sorted((CORPUS / "unification" / "constraints").glob("*.*x*"))

# Valid in truth, though named `fail`; ProvToolbox's own tests expect so of each.
MISNAMED = {
    "usage-fail1": "two usages of one entity by one activity: usages have no key but their identifier",
    "usage-fail5": "the same, one of them without identifier, at two times",
    "usage-fail6": "the same, both without identifier",
    "usage-fail7": "a time that is not said is joined with one that is, and the third usage is another",
    "delegation-fail4": "an activity that is not said is a variable, and is joined with the one that is (definition 4)",
    "delegation-fail5": "what the second statement leaves out, the first of the same identifier says",
}


def meant(path: Path) -> bool:
    return path.stem in MISNAMED or re.search(r"success|PASS", path.stem) is not None


def test_all_cases_are_there() -> None:
    assert len(CASES) == 160
    assert sum(map(meant, CASES)) == 93
    assert {path.stem for path in CASES} > set(MISNAMED)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_is_judged_as_it_is_meant(path: Path) -> None:
    verdict = check(read_prov(path.read_bytes(), path.name))
    assert verdict.valid == meant(path), verdict.violations
    for one in verdict.violations:
        assert one.constraint in NAMES or one.name in ("mandatory-argument", "unique-mention")
        assert one.sentence
        assert one.statements
    if path.stem.startswith("type-") and not meant(path):
        # The W3C's names say which constraints a case breaks.
        wanted = {int(number) for number in re.findall(r"c(\d\d)", path.stem)}
        assert wanted & {one.constraint for one in verdict.violations}


NUMBERS = {
    "generation-fail": {23, 24, 0},
    "invalidation-fail": {23, 25, 0},
    "start-fail": {23, 26, 0},
    "end-fail": {23, 27, 0},
    "activity-start-fail": {28},
    "activity-end-fail": {29},
    "specialization-fail": {52, 54, 0},
    "mention-fail": {0},
    "membership-fail": {0},
    "bundle-fail": {55, 56},
}


def test_the_numbers_are_those_of_the_rule_under_test() -> None:
    for path in CASES:
        kind = re.sub(r"\d+$", "", path.stem)
        if kind in NUMBERS:
            verdict = check(read_prov(path.read_bytes(), path.name))
            assert {one.constraint for one in verdict.violations} <= NUMBERS[kind], path.name
    bundles = check(read_prov((CORPUS / "unification/constraints/bundle-fail1.xml").read_bytes(), "b.xml"))
    assert [(one.bundle, one.constraint) for one in bundles.violations] == [("ex:bundle1", 55), ("ex:bundle2", 56)]


def test_what_prov_cannot_unify_is_no_valid_account() -> None:
    """Over its 398 PROV-JSON documents: what ``prov`` refuses to merge is found here, too."""
    refused = 0
    for path in sorted((CORPUS / "json").glob("*.json")) + sorted((CORPUS / "unification").glob("*.json")):
        verdict = check(read_prov(path.read_bytes(), path.name))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ProvDocument.deserialize(content=path.read_text(encoding="utf-8"), format="json").unified()
            except ProvException:
                refused += 1
                assert not verdict.valid, path.name
                continue
        # prov merges by identifiers only: what we find beyond that is named by other constraints.
        assert {one.constraint for one in verdict.violations} <= {0, 24, 25, 26, 27, 28, 29, 42, 51, 52, 55, 56}, (
            path.name
        )
    assert refused >= 5
