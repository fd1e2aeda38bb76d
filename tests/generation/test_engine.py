"""The extractive engine over real interviews: who belongs together, what is said, and that it can be repeated."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import msgspec
import numpy as np
import pytest

from persona.errors import InvalidInput, NotFound
from persona.generation import generate
from persona.generation.grouping import rand_index
from persona.generation.guard import check_quotes
from persona.model.canonical import canonical_json, digest_of
from persona.model.personas import CLAIM_FIELDS, PersonaSet
from persona.model.recipes import Constraints, Parameters
from persona.model.schema import persona_set_schema
from persona.model.sources import Input
from persona.sources import read


def personas(inputs: Sequence[Input], constraints: Constraints = Constraints(), **parameters: object) -> PersonaSet:
    return generate(inputs, Parameters(**parameters), constraints, {})  # type: ignore[arg-type]


@pytest.mark.no_network
def test_two_populations_are_told_apart(two_populations: list[Input]) -> None:
    found = personas(two_populations, count=2)
    group = {label: number for number, members in enumerate(found.grouping.groups) for label in members}
    labels = sorted(group)
    truth = np.array([int(label.startswith("work")) for label in labels])
    assert len(labels) == 80
    assert rand_index(np.array([group[label] for label in labels]), truth) >= 0.85
    assert found.grouping.clear
    assert found.grouping.stability is not None
    assert found.grouping.stability > 0.8


def test_one_population_shows_no_clear_groups_and_says_so(scientists: list[Input]) -> None:
    found = personas(scientists)
    assert (found.grouping.k, found.grouping.clear) == (1, False)
    assert "no clear groups" in found.grouping.message
    asked = personas(scientists[:40], count=4)
    assert (asked.grouping.k, asked.grouping.clear) == (4, False)
    assert "no clear groups" in asked.grouping.message


@pytest.mark.no_network
def test_eighty_interviews_take_seconds_and_little_memory(two_populations: list[Input], tmp_path: Path) -> None:
    """Generous bounds that only a wrong algorithm would break; the figures are in bench/."""
    begun = time.process_time()
    found = personas(two_populations, count=5)
    assert time.process_time() - begun < 20
    assert len(found.personas) == 5
    assert check_quotes(found, two_populations) == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2_000_000


def test_every_claim_says_how_many_and_rests_on_words(two_populations: list[Input]) -> None:
    found = personas(two_populations, count=3)
    seen: set[str] = set()
    for persona in found.personas:
        assert persona.name.status == "unsupported"
        assert persona.anchor in persona.members
        for field in CLAIM_FIELDS:
            claims = getattr(persona, field)
            assert (claims is None) == (field in persona.missing)
            for claim in claims or ():
                assert claim.status == ("inferred" if field == "themes" else "observed")
                assert claim.verbatim == (field != "themes")
                assert 1 <= claim.support <= claim.of == len(persona.members)
                assert {one.participant for one in claim.evidence} <= set(persona.members)
                assert claim.text not in seen, "nothing is said twice"
                seen.add(claim.text)
        assert persona.summary is not None
        assert persona.summary.evidence


def test_the_interviewer_is_never_quoted(two_populations: list[Input]) -> None:
    asked = {
        (item.digest, turn.start, turn.end)
        for item in two_populations
        for turn in item.document.turns
        if turn.role != "participant"
    }
    found = personas(two_populations, count=2)
    for persona in found.personas:
        for _, claim in persona.claims():
            for one in claim.evidence:
                assert not any(d == one.document and s <= one.start < e for d, s, e in asked)


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_the_order_of_inputs_means_nothing(two_populations: list[Input], temperature: float) -> None:
    shuffled = list(two_populations)
    random.Random(4).shuffle(shuffled)
    wanted = personas(two_populations, count=3, temperature=temperature, seed=5)
    assert canonical_json(personas(shuffled, count=3, temperature=temperature, seed=5)) == canonical_json(wanted)


def test_temperature_and_seed(two_populations: list[Input]) -> None:
    some = two_populations[:30]
    still = [personas(some, count=2, seed=seed) for seed in (1, 2)]
    assert still[0] == still[1], "at temperature 0 the seed means nothing"
    warm = [personas(some, count=2, seed=seed, temperature=1.0) for seed in (1, 2, 1)]
    assert warm[0] != warm[1]
    assert warm[0] == warm[2]
    assert all(check_quotes(one, some) == [] for one in warm)


def test_the_same_bytes_in_another_process_with_other_threads(two_populations: list[Input], tmp_path: Path) -> None:
    some = two_populations[30:50]
    wanted = digest_of(canonical_json(personas(some, count=3, temperature=0.5, seed=9)))
    (tmp_path / "inputs.json").write_bytes(msgspec.json.encode(some))
    code = (
        "import sys, msgspec; from persona.generation import generate; from persona.model.canonical import *; "
        "from persona.model.recipes import *; from persona.model.sources import Input; "
        "inputs = msgspec.json.decode(open(sys.argv[1], 'rb').read(), type=list[Input]); "
        "found = generate(inputs, Parameters(count=3, temperature=0.5, seed=9), Constraints(), {}); "
        "print(digest_of(canonical_json(found)))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "inputs.json")],
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin", "OPENBLAS_NUM_THREADS": threads, "PYTHONHASHSEED": threads},
        )
        for threads in ("1", "2")
    ]
    assert [process.communicate()[0].strip() for process in started] == [wanted, wanted]


def test_the_output_follows_the_published_schema(two_populations: list[Input], small: list[Input]) -> None:
    rules = persona_set_schema()
    jsonschema.Draft202012Validator.check_schema(rules)
    for inputs, count in ((two_populations[:20], 2), (small, 1)):
        raw = json.loads(msgspec.json.encode(personas(inputs, count=count)))
        jsonschema.validate(raw, rules)
        raw["personas"][0]["goals"] = "a string"
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(raw, rules)


def test_the_survey_runs_end_to_end(shared: Path) -> None:
    from tests.generation.conftest import as_inputs

    file = shared / "data/interviews/jupyter-ux-survey-2015/20160115235816-SurveyExport.csv"
    inputs = as_inputs(read(file.read_bytes(), "survey.csv").documents)
    found = personas(inputs, count=4)
    grouping = found.grouping
    placed = sum(len(one.members) for one in found.personas)
    assert placed + len(grouping.excluded) + len(grouping.outliers) == len(inputs)
    assert any(one.demographics for one in found.personas)
    assert check_quotes(found, inputs) == []


def test_ages_outside_the_range_are_left_out_and_counted(small: list[Input]) -> None:
    text = b"---\nage: 17\n---\n**Interviewer**\n\nWhy?\n\n**P09**\n\nI want to try every machine in the shop once.\n"
    from tests.generation.conftest import as_inputs

    inputs = [*small, *as_inputs(read(text, "P09.md").documents)]
    found = personas(inputs, Constraints(age_range=(18, 65), required_fields=("demographics.age", "goals")), count=1)
    assert set(found.grouping.excluded) == {"P09"}
    assert found.personas[0].missing["demographics.age"].code == "not_in_source"


def test_too_few_participants_unknown_embedder_and_silence(small: list[Input]) -> None:
    with pytest.raises(InvalidInput, match="only 3 participants"):
        personas(small, count=4)
    with pytest.raises(NotFound):
        personas(small, embedder="nope")
    with pytest.raises(InvalidInput):
        personas([])
    silent = read(b"Interviewer: Hello?\nP01: ...\n", "a.txt").documents
    from tests.generation.conftest import as_inputs

    with pytest.raises(InvalidInput, match="no participant"):
        personas(as_inputs(silent))


def test_one_and_two_participants_are_no_crash(small: list[Input]) -> None:
    assert personas(small[:1]).grouping.k == 1
    assert personas(small[:2], count=2).grouping.k == 2
    assert personas(small).grouping.message
