"""One change for the worse moves each measure the way that the registry calls worse, and the score made of it too."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest
from tests.metrics.making import counted, interview, measured, one_persona, persona_set, quoted, theme, words

from persona.metrics import REGISTRY, scores
from persona.model.measures import Measure
from persona.model.personas import Claim, Persona, PersonaSet
from persona.model.schema import persona_set_schema

ANNA = interview("Anna", "I trust the date on the page", "I do not trust the date on the page", "I like maps", age="34")
BEN = interview("Ben", "my phone suffices", "apples get counted", age="51")
INPUTS = (ANNA, BEN)


class Case(NamedTuple):
    """Two sets that differ in one thing, the first of them better."""

    better: PersonaSet
    worse: PersonaSet


def says(item: str, *texts: str, **fields: object) -> Persona:
    whose = {"Anna": ANNA, "Ben": BEN}[item]
    return one_persona(f"p-{item}", [item], quotes=tuple(quoted(words(whose, text)) for text in texts), **fields)


THEMES = [
    theme("maps", words(ANNA, "I like maps")),
    theme("apples", words(BEN, "apples get counted"), words(ANNA, "I do not trust the date on the page")),
]

TRUE = quoted(words(ANNA, "I like maps"))
FALSE = quoted(words(ANNA, "I like maps", quote="I loathe maps"))
TRUSTING = quoted(words(ANNA, "I trust the date on the page"), text="They trust the date on the page")
DENYING = quoted(words(ANNA, "I trust the date on the page"), text="They never trust the date on the page")
UNCITED = Claim("u", "They like apples.", "unsupported", 0, 1, (), "template")
GUESSED = Claim("n", "Robin", "guessed", 0, 1, (), "pseudonym")  # type: ignore[arg-type]  # no such status
BOTH = persona_set(says("Anna", "I like maps"), says("Ben", "apples get counted"))


def aged(**shares: list[str]) -> PersonaSet:
    return persona_set(one_persona("p", ["Anna", "Ben"], demographics={"age": counted("age", 2, **shares)}))


CASES = {
    "schema_validity": Case(
        BOTH, persona_set(BOTH.personas[0], msgspec.structs.replace(BOTH.personas[1], name=GUESSED))
    ),
    "field_fill": Case(BOTH, persona_set(says("Anna", "I like maps"), one_persona("p-Ben", ["Ben"]))),
    "quote_verbatim": Case(
        persona_set(one_persona("p", ["Anna"], goals=(TRUE, TRUE))),
        persona_set(one_persona("p", ["Anna"], goals=(TRUE, FALSE))),
    ),
    "faithfulness": Case(
        persona_set(one_persona("p", ["Anna"], goals=(TRUE,))),
        persona_set(one_persona("p", ["Anna"], goals=(TRUE, UNCITED))),
    ),
    "citation_recall": Case(
        persona_set(one_persona("p", ["Anna"], goals=(TRUE,))),
        persona_set(one_persona("p", ["Anna"], goals=(TRUE,), summary=UNCITED)),
    ),
    "citation_precision": Case(
        persona_set(one_persona("p", ["Anna"], goals=(TRUE,))),
        persona_set(one_persona("p", ["Anna"], goals=(quoted(*TRUE.evidence, words(BEN, "apples get counted")),))),
    ),
    "contradiction_rate": Case(
        persona_set(one_persona("p", ["Anna"], needs=(TRUSTING,))),
        persona_set(one_persona("p", ["Anna"], needs=(TRUSTING, DENYING))),
    ),
    "diversity_min": Case(BOTH, persona_set(BOTH.personas[0], msgspec.structs.replace(BOTH.personas[0], id="copy"))),
    "coverage_participants": Case(BOTH, persona_set(says("Anna", "I like maps"), one_persona("p-Ben", ["Ben"]))),
    "coverage_themes": Case(BOTH, persona_set(says("Anna", "I like maps"), one_persona("p-Ben", ["Ben"]))),
    "evidence_concentration": Case(
        BOTH,
        persona_set(says("Anna", "I like maps", "I trust the date on the page"), says("Ben", "apples get counted")),
    ),
    "consistency_internal": Case(
        persona_set(says("Anna", "I trust the date on the page", "I trust the date on the page")),
        persona_set(says("Anna", "I trust the date on the page", "I do not trust the date on the page")),
    ),
    "bias_invented": Case(aged(**{"25-34": ["Anna"], "45-54": ["Ben"]}), aged(**{"25-34": ["Anna"], "18-24": ["Ben"]})),
}
LOPSIDED = {f"R{n}": interview(f"R{n}", f"red{n}", color="red") for n in range(9)}
LOPSIDED |= {f"B{n}": interview(f"B{n}", f"blue{n}", color="blue") for n in range(3)}


def grouped(*groups: list[str]) -> PersonaSet:
    """Personas of people whose colour is the first letter of their name."""
    personas = []
    for number, group in enumerate(groups):
        of = {"red": [who for who in group if who[0] == "R"], "blue": [who for who in group if who[0] == "B"]}
        told = counted("color", len(group), **{value: who for value, who in of.items() if who})
        personas.append(one_persona(f"p{number}", group, demographics={"color": told}))
    return persona_set(*personas)


def both(name: str) -> tuple[Measure, Measure]:
    if name == "bias_representation":
        red, blue = ([who for who in LOPSIDED if who[0] == first] for first in "RB")
        fair = grouped([*red[:6], *blue[:2]], [*red[6:], blue[2]])
        unfair = grouped(red, *([who] for who in blue))
        return tuple(measured(one, *LOPSIDED.values())[name] for one in (fair, unfair))  # type: ignore[return-value]
    better, worse = (measured(one, *INPUTS, themes=THEMES)[name] for one in CASES[name])
    return better, worse


@pytest.mark.parametrize("name", [name for name, one in REGISTRY.items() if one.direction != "none"])
def test_what_is_worse_measures_worse(name: str) -> None:
    better, worse = both(name)
    assert better.value is not None
    assert worse.value is not None
    assert (better.value - worse.value) * {"up": 1, "down": -1}[better.direction] > 0.04
    best = better.span[1] if better.direction == "up" else better.span[0]
    if name not in ("field_fill", "evidence_concentration"):  # no set fills every field or cites nobody most
        assert better.value == best


def test_a_persona_of_another_shape_is_not_valid() -> None:
    found = measured(CASES["schema_validity"].worse, *INPUTS)["schema_validity"]
    assert (found.value, found.denominator) == (0.5, 2)
    assert found.details == {"schema": persona_set_schema()["$id"]}


def test_the_scores_move_with_their_parts() -> None:
    def score(personas: PersonaSet) -> dict[str, float | None]:
        return scores(list(measured(personas, *INPUTS).values()))

    for name, part in (("consistency_score", "consistency_internal"), ("faithfulness_score", "faithfulness")):
        for one in CASES[part]:
            assert score(one)[name] == measured(one, *INPUTS)[part].value
    better, worse = (score(one)["bias_score"] for one in CASES["bias_invented"])
    assert (better, worse) == (0, 0.5)
    apart, copied = (score(one)["diversity_score"] for one in CASES["diversity_min"])
    assert (apart, copied) == (1, 0.5)  # one text instead of two, of two people who share no word
