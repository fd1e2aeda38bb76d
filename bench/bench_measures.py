"""How long does it take to measure 5 personas of 80 real interviews, and 10 runs of 5 personas together?"""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
from harness import report, timed

from persona.errors import PersonaError
from persona.generation import generate
from persona.generation.vectors import embed
from persona.metrics import RunSet, measure
from persona.model.canonical import canonical_json, digest_of
from persona.model.personas import PersonaSet
from persona.model.recipes import Constraints, Parameters
from persona.model.schema import persona_set_schema
from persona.model.sources import Document, Input
from persona.runs.measuring import measure_runs, measure_set, themes_of
from persona.sources import read

SHARED = Path(__file__).resolve().parents[2] / "shared/data/interviews"


def documents() -> list[Document]:
    found: list[Document] = []
    for name in ("anthropic-interviewer-scientists", "anthropic-interviewer-workforce"):
        for path in sorted((SHARED / name).glob("*.*")):
            try:
                found += read(path.read_bytes(), path.name).documents
            except PersonaError:  # a note about the source is no interview
                continue
    return random.Random(1).sample(found, 80)


def in_own_words(personas: PersonaSet) -> PersonaSet:
    """The same told in the words of an engine that writes, so that the wording is measured too."""
    own = [
        msgspec.structs.replace(
            one, quotes=tuple(msgspec.structs.replace(c, verbatim=False, method="written") for c in one.quotes or ())
        )
        for one in personas.personas
    ]
    return msgspec.structs.replace(personas, personas=tuple(own))


def main() -> None:
    if not SHARED.is_dir():
        print("skipped: the shared data folder is not beside this checkout")
        return
    inputs = [Input(digest_of(canonical_json(d)), d, {c.key: c.key for c in d.participants}) for d in documents()]
    drawn = [generate(inputs, Parameters(count=5, temperature=0.5, seed=seed), Constraints(), {}) for seed in range(10)]
    personas, themes = in_own_words(drawn[0]), themes_of(inputs, Constraints())
    sets = [RunSet(f"run{at}", "1", one) for at, one in enumerate(drawn)]
    found = {
        "the measures alone": timed(
            lambda: measure(personas, inputs, embed, persona_set_schema(), themes=themes), rounds=10
        ),
        "the same with finding the themes and looking for plugins": timed(
            lambda: measure_set(personas, inputs, Constraints()), rounds=10
        ),
        "ten runs together": timed(lambda: measure_runs(sets), rounds=5),
    }
    report("measures", "Measuring 5 personas of 80 real interviews, and 10 such runs together", "at most 1 s", found)
    for one in measure_runs(sets):
        print(f"{one.name} {one.value} over {one.denominator} {one.details.get('reason', '')}")


if __name__ == "__main__":
    main()
