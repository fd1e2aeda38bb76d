"""What copying, shuffling, denying and inventing do to every measure of a set, on personas drawn at random."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.metrics.drawing import INPUTS, OF, SAID, sets
from tests.metrics.making import counted, measured, one_persona, persona_set, quoted, theme, words

from persona.metrics import REGISTRY, scores
from persona.metrics.spread import words_of
from persona.model.measures import Measure
from persona.model.personas import CLAIM_FIELDS, Claim, Evidence, Persona, PersonaSet

THEMES = [
    theme("slow", *(words(OF[who], text) for who, texts in SAID.items() for text in texts if "slow" in text)),
    theme("date", *(words(OF[who], text) for who, texts in SAID.items() for text in texts if "date" in text)),
    theme("maps", words(OF["Cleo"], SAID["Cleo"][0])),
]
SHARES = {
    "schema_validity", "field_fill", "quote_verbatim", "faithfulness", "citation_precision", "citation_recall",
    "contradiction_rate", "coverage_participants", "coverage_themes", "evidence_concentration", "consistency_internal",
    "bias_invented",
}  # fmt: skip
"""Measures that are shares of what is there: the same for a set and for the set twice over."""


def of(personas: PersonaSet) -> dict[str, Measure]:
    return measured(personas, *INPUTS, themes=THEMES)


def written(personas: PersonaSet) -> PersonaSet:
    """The same with every theme told in an engine's own words, so that the wording is measured too."""

    def own(claim: Claim) -> Claim:
        if claim.method != "theme":
            return claim
        return msgspec.structs.replace(claim, text=f"{claim.text.replace('“', '').replace('”', '')} often")

    return each(personas, own)


def each(personas: PersonaSet, change: Callable[[Claim], Claim]) -> PersonaSet:
    """The set with every claim of a list field changed."""
    return PersonaSet(
        tuple(
            msgspec.structs.replace(
                one,
                **{
                    field: tuple(map(change, found))
                    for field in CLAIM_FIELDS
                    if (found := getattr(one, field)) is not None
                },
            )
            for one in personas.personas
        ),
        personas.grouping,
    )


def twice(personas: PersonaSet) -> PersonaSet:
    copies = tuple(msgspec.structs.replace(one, id=f"{one.id}-copy") for one in personas.personas)
    return PersonaSet((*personas.personas, *copies), personas.grouping)


@settings(max_examples=25)
@given(sets(least=1))
def test_copies_change_no_share_and_raise_the_alarm(personas: PersonaSet) -> None:
    before, after = of(written(personas)), of(twice(written(personas)))
    for name in SHARES:
        assert after[name].value == pytest.approx(before[name].value, abs=1e-6), name
    if any(words_of(one).strip() for one in personas.personas):
        assert after["diversity_min"].value == pytest.approx(0, abs=1e-6)
    if after["diversity"].value is not None and before["diversity"].value is not None:
        assert after["diversity"].details["vendi"] == pytest.approx(before["diversity"].details["vendi"], abs=1e-5)
    if before["lexical_distinct_2"].value is not None:
        assert after["lexical_distinct_2"].value <= before["lexical_distinct_2"].value + 1e-9
    assert (after["bias_language"].value is None) == (before["bias_language"].value is None)
    assert after["bias_language"].denominator == 2 * before["bias_language"].denominator


@settings(max_examples=25)
@given(sets(least=1), st.randoms(use_true_random=False))
def test_shuffling_personas_claims_and_inputs_changes_nothing(personas: PersonaSet, chance: random.Random) -> None:
    personas = written(personas)

    def mixed(one: Persona) -> Persona:
        fields = {field: getattr(one, field) for field in CLAIM_FIELDS if getattr(one, field) is not None}
        return msgspec.structs.replace(
            one, **{field: tuple(chance.sample(found, len(found))) for field, found in fields.items()}
        )

    turned = PersonaSet(
        tuple(mixed(one) for one in chance.sample(personas.personas, len(personas.personas))), personas.grouping
    )
    before = of(personas)
    after = {
        one.name: one for one in measured(turned, *chance.sample(INPUTS, 4), themes=chance.sample(THEMES, 3)).values()
    }
    drawn = {"diversity", "bias_representation"}  # these compare with sets drawn at random, from seeds of their own
    in_order = {"lexical_mtld", "lexical_distinct_2", "lexical_compression"}  # these read words in their order
    for name in REGISTRY.keys() - drawn - in_order:
        assert after[name].value == pytest.approx(before[name].value, abs=1e-6), name
        assert after[name].denominator == before[name].denominator, name
    for name in in_order:
        assert after[name].denominator == before[name].denominator, name


@settings(max_examples=25)
@given(sets(least=1))
def test_denied_claims_are_not_carried_better_and_quotations_stay_what_they_are(personas: PersonaSet) -> None:
    """Every claim in words of its own is denied; what is a quotation, and what is cited, is left alone."""

    def deny(claim: Claim) -> Claim:
        return claim if claim.verbatim else msgspec.structs.replace(claim, text=f"never {claim.text}", method="written")

    plain = each(personas, lambda claim: claim if claim.verbatim else msgspec.structs.replace(claim, method="written"))
    before, after = of(plain), of(each(plain, deny))
    for name in ("quote_verbatim", "citation_recall", "coverage_participants", "coverage_themes", "field_fill"):
        assert after[name].value == before[name].value, name
    if before["contradiction_rate"].value is not None:
        assert after["contradiction_rate"].denominator <= before["contradiction_rate"].denominator


SPOKEN = "I trust the delivery date"


def test_one_denied_claim_moves_what_looks_at_meaning() -> None:
    span = words(OF["Anna"], SPOKEN)

    def say(text: str) -> dict[str, Measure]:
        claim = msgspec.structs.replace(quoted(span, text=text), method="written")
        return of(persona_set(one_persona("p", ["Anna"], needs=(claim,), quotes=(quoted(span),))))

    before, after = say("They trust the delivery date"), say("They never trust the delivery date")
    assert (before["contradiction_rate"].value, after["contradiction_rate"].value) == (0, 0.5)
    assert (before["citation_precision"].value, after["citation_precision"].value) == (1, 0.5)
    for name in ("quote_verbatim", "citation_recall", "coverage_themes"):
        assert before[name].value == after[name].value


@settings(max_examples=25)
@given(sets(least=1), st.integers(0, 2))
def test_an_invented_trait_lowers_what_is_grounded_and_raises_bias(personas: PersonaSet, at: int) -> None:
    """A demographic value that nobody states, and a sentence that nobody said, in one persona."""
    at %= len(personas.personas)
    one = personas.personas[at]
    state = counted("income", len(one.members), rich=[one.members[0]])
    claim = Claim("x", "They are wealthy giraffes.", "unsupported", 0, 1, (), "written")
    spoilt = msgspec.structs.replace(
        one, demographics={**one.demographics, "income": state}, needs=(*(one.needs or ()), claim)
    )
    changed = PersonaSet((*personas.personas[:at], spoilt, *personas.personas[at + 1 :]), personas.grouping)
    before, after = of(personas), of(changed)
    for name, way in (("faithfulness", -1), ("citation_recall", -1), ("bias_invented", 1)):
        old, new = before[name].value, after[name].value
        worst = 0 if way < 0 else 1
        assert new is not None
        assert old is None or old == new == worst or (new - old) * way > 0, name
    assert after["bias_invented"].denominator == before["bias_invented"].denominator + 1
    for name in ("quote_verbatim", "coverage_participants", "coverage_themes", "citation_precision"):
        assert after[name].value == before[name].value, name
    assert after["bias_language"].denominator == before["bias_language"].denominator + 4
    old_score, new_score = (scores(list(found.values())) for found in (before, after))
    if old_score["faithfulness_score"]:
        assert new_score["faithfulness_score"] < old_score["faithfulness_score"]


@settings(max_examples=25)
@given(sets(least=2), st.integers(0, 2))
def test_a_persona_less_reaches_no_more_people_and_no_more_themes(personas: PersonaSet, at: int) -> None:
    at %= len(personas.personas)
    fewer = PersonaSet((*personas.personas[:at], *personas.personas[at + 1 :]), personas.grouping)
    before, after = of(personas), of(fewer)
    for name in ("coverage_participants", "coverage_themes"):
        assert after[name].denominator == before[name].denominator
        assert (after[name].value or 0) <= (before[name].value or 0)


@settings(max_examples=25)
@given(sets(least=1), st.sampled_from([one for who in SAID for one in SAID[who]]))
def test_one_true_quotation_more_never_reaches_less(personas: PersonaSet, text: str) -> None:
    who = next(who for who, texts in SAID.items() if text in texts)
    span: Evidence = words(OF[who], text)
    first = personas.personas[0]
    more = msgspec.structs.replace(first, quotes=(*(first.quotes or ()), quoted(span)))
    before, after = of(personas), of(PersonaSet((more, *personas.personas[1:]), personas.grouping))
    for name in ("quote_verbatim", "faithfulness", "citation_recall", "coverage_participants", "coverage_themes"):
        assert (after[name].value or 0) >= (before[name].value or 0), name
