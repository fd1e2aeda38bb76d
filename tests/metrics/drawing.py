"""Personas drawn at random over four small interviews: true quotations, false ones, and numbers that may not add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st
from tests.metrics.making import interview, one_persona, persona_set, words

from persona.model.personas import CLAIM_FIELDS, Claim, Distribution, Evidence, Persona, PersonaSet, Share
from persona.model.sources import Input

SAID = {
    "Anna": ("I trust the delivery date", "I do not trust the delivery date", "the page is slow"),
    "Ben": ("the page is never slow", "I trust the page"),
    "Cleo": ("I like maps and trains", "trains are slow"),
    "Dora": ("nobody reads the delivery date on the page",),
}
INPUTS = [
    interview("Anna", *SAID["Anna"], age="34", city="Holt"),
    interview("Ben", *SAID["Ben"], age="51", city="Holt"),
    interview("Cleo", *SAID["Cleo"], age="29"),
    interview("Dora", *SAID["Dora"], city="Wells"),
]
OF = dict(zip(SAID, INPUTS, strict=True))
TEXTS = [
    *(text for texts in SAID.values() for text in texts),
    "the slow page and the delivery", "giraffes", "",
]  # fmt: skip
THEMES = ("They talk about “slow”.", "They talk about “date”.", "They talk about “dat”.")
VALUES = {"age": ("25-34", "45-54", "34", "65+"), "city": ("Holt", "Wells", "Rome")}


def evidence() -> st.SearchStrategy[Evidence]:
    """A span of somebody, right more often than not."""

    def spoilt(who: str, text: str, how: str) -> Evidence:
        right = words(OF[who], text)
        return {
            "right": right,
            "others words": words(OF[who], text, quote="the page is blue"),
            "moved": words(OF[who], text, start=right.start + 1),
            "longer": words(OF[who], text, end=right.end + 4, quote=OF[who].document.text[right.start : right.end + 4]),
            "somebody else": words(OF[who], text, participant="Cleo" if who != "Cleo" else "Anna"),
            "no document": words(OF[who], text, document="sha256:" + "0" * 64),
            "nothing": words(OF[who], text, end=right.start, quote=""),
            "a question": words(OF[who], "And then?"),
        }[how]

    ways = ("right",) * 7 + ("others words", "moved", "longer", "somebody else", "no document", "nothing", "a question")
    said = [(who, text) for who, texts in SAID.items() for text in texts]
    return st.builds(lambda one, how: spoilt(*one, how), st.sampled_from(said), st.sampled_from(ways))


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """A quotation, a theme or a sentence of a template, each with up to two spans."""
    spans = tuple(draw(st.lists(evidence(), max_size=2)))
    method = draw(st.sampled_from(("quote", "quote", "quote", "theme", "template")))
    text = draw(st.sampled_from(THEMES if method == "theme" else TEXTS))
    if method == "quote" and spans and draw(st.integers(0, 4)):
        text = spans[0].quote
    return Claim("c", text, "observed", len(spans), 1, spans, method, method == "quote")


@st.composite
def _distribution(draw: st.DrawFn, attribute: str, members: Sequence[str]) -> Distribution:
    """Values with people: members, each once and counted rightly, unless chance spoils it."""
    shares: list[Share] = []
    for who in members:
        value = draw(st.sampled_from((None, *VALUES[attribute])))
        if value is not None:
            shares.append(Share(value, 1, (who,)))
    known = len(shares)
    if shares and draw(st.integers(0, 5)) == 0:
        shares.append(draw(st.sampled_from((Share("Holt", 2, ("Anna",)), Share("34", 1, ("Zoe",)), shares[0]))))
        known += draw(st.integers(0, 1))
    claim = Claim(f"d-{attribute}", f"{attribute}: some", "inferred", known, len(members), (), "distribution")
    return Distribution(attribute, tuple(shares), known, len(members), claim)


@st.composite
def sets(draw: st.DrawFn, least: int = 0, most: int = 3) -> PersonaSet:
    """A set of personas over some of the people; those in no persona may be excluded by name."""
    order = draw(st.permutations(list(SAID)))
    count = draw(st.integers(least, most))
    groups: list[list[str]] = [[who] for who in order[:count]]
    left = []
    for who in order[count:]:
        at = draw(st.integers(-1, count - 1))
        (groups[at] if at >= 0 else left).append(who)
    personas = [draw(_persona(f"p{number}", group)) for number, group in enumerate(groups)]
    return persona_set(*personas, excluded=left if draw(st.booleans()) else ())


@st.composite
def _persona(draw: st.DrawFn, id: str, members: Sequence[str]) -> Persona:
    fields: dict[str, Any] = {
        field: tuple(draw(st.lists(claims(), min_size=1, max_size=2)))
        for field in draw(st.lists(st.sampled_from(CLAIM_FIELDS), max_size=3, unique=True))
    }
    if draw(st.booleans()):
        fields["summary"] = msgspec.structs.replace(draw(claims()), verbatim=False, method="template")
    attributes = draw(st.lists(st.sampled_from(tuple(VALUES)), max_size=2, unique=True))
    fields["demographics"] = {key: draw(_distribution(key, members)) for key in attributes}
    return one_persona(id, members, **fields)


def shuffled(inputs: Sequence[Input]) -> st.SearchStrategy[list[Input]]:
    """The same interviews in any order."""
    return st.permutations(list(inputs))
