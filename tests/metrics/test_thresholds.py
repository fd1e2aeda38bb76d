"""Where the rules of the measures draw their lines: what lies on a line, just above it and just below it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.metrics.making import counted, interview, measured, one_persona, persona_set, quoted, words

from persona.model.measures import Measure
from persona.model.personas import Claim, Evidence

EMPTY = Claim("c", "They talk about “flour”.", "observed", 0, 1, (), "theme")


def row(first: int, count: int) -> str:
    """A sentence of so many different words; two rows share the words that both count over."""
    return " ".join(f"word{n}" for n in range(first, first + count))


def pair(one: str, other: str, **changes: Any) -> Measure:
    """The consistency of a persona that says two things."""
    item = interview("Anna", f"{one}.", f"{other}.")
    spans = [quoted(words(item, text)) for text in (f"{one}.", f"{other}.")]
    claims = tuple(msgspec.structs.replace(claim, **changes) for claim in spans)
    return measured(persona_set(one_persona("p", ["Anna"], goals=claims)), item)["consistency_internal"]


@pytest.mark.parametrize(("length", "shared", "counted_as_pair"), [(20, 7, 1), (20, 6, 0), (20, 8, 1), (3, 1, 0)])
def test_two_claims_are_on_one_topic_from_a_cosine_of_35_hundredths(
    length: int, shared: int, counted_as_pair: int
) -> None:
    found = pair(row(0, length), row(length - shared, length))  # the cosine is shared / length
    assert found.denominator == counted_as_pair


@pytest.mark.parametrize(("length", "shared", "clash"), [(5, 3, 1), (12, 7, 0), (8, 5, 1), (20, 7, 0)])
def test_a_denial_contradicts_from_a_cosine_of_six_tenths(length: int, shared: int, clash: int) -> None:
    denied = f"{row(length - shared, length - 1)} never"
    found = pair(row(0, length), denied)
    assert (found.denominator, found.value) == (1, 1 - clash)


@pytest.mark.parametrize(
    "denial",
    ["no", "not", "never", "nobody", "nothing", "none", "without", "cannot", "NOT", "don't", "won’t", "ISN'T"],
)
def test_every_word_that_denies_is_heard(denial: str) -> None:
    assert pair(f"{row(0, 5)} {denial}", f"{row(0, 5)} indeed").value == 0
    assert pair(f"{row(0, 5)} {denial}", f"{row(0, 5)} never").value == 1  # two denials agree
    assert pair(f"{row(0, 8)} {denial} never", f"{row(0, 8)} so truly").value == 1  # a denied denial affirms


@pytest.mark.parametrize("other", ["note", "knot", "another", "nonetheless", "know", "nowhere-else", "want", "ant"])
def test_a_word_that_only_looks_like_a_denial_is_none(other: str) -> None:
    assert pair(f"{row(0, 5)} {other}", f"{row(0, 5)} indeed").value == 1


def test_only_quotations_themes_and_what_a_model_wrote_can_contradict() -> None:
    texts = (row(0, 6), f"{row(0, 5)} never")
    assert pair(*texts, verbatim=False, method="theme").value == 0
    assert pair(*texts, verbatim=True, method="other").value == 0
    assert pair(*texts, verbatim=False, method="model").value == 0
    assert pair(*texts, verbatim=False, method="template").status == "not_applicable"
    assert pair(*texts, verbatim=False, method="distribution").status == "not_applicable"


def faithful(claim: Claim, *texts: str) -> float | None:
    item = interview("Anna", *texts)
    right = tuple(words(item, text) for text in texts[: len(claim.evidence)])
    claim = msgspec.structs.replace(claim, evidence=right)
    return measured(persona_set(one_persona("p", ["Anna"], needs=(claim,))), item)["faithfulness"].value


@pytest.mark.parametrize(("length", "shared", "held"), [(10, 3, 1), (14, 4, 0), (7, 2, 0), (17, 5, 1)])
def test_evidence_carries_a_claim_from_a_cosine_of_29_hundredths(length: int, shared: int, held: float) -> None:
    anything = interview("Ben", "x")
    claim = quoted(words(anything, "x"), text=row(length - shared, length))
    assert faithful(claim, row(0, length)) == held


def test_the_nearest_of_several_spans_is_what_counts() -> None:
    anything = words(interview("Ben", "x"), "x")
    claim = quoted(anything, anything, text=row(0, 4))
    assert faithful(claim, "giraffes and zebras", row(0, 4)) == 1
    assert faithful(claim, row(0, 4), "giraffes and zebras") == 1
    assert faithful(claim, "elephants", "giraffes and zebras") == 0


def test_a_theme_of_one_word_needs_one_span_that_says_it() -> None:
    anything = words(interview("Ben", "x"), "x")

    def theme(*spans: Evidence) -> Claim:
        return msgspec.structs.replace(
            quoted(*spans, text="They talk about “flour”.") if spans else EMPTY, method="theme"
        )

    assert faithful(theme(anything), "Flour is dear") == 1
    assert faithful(theme(anything), "flourish") == 0
    assert faithful(theme(anything, anything), "flour is dear", "so is bread") == 0
    assert faithful(theme(), "flour is dear") == 0


def test_a_quotation_without_evidence_is_not_supported() -> None:
    bare = Claim("c", "word0", "observed", 0, 1, (), "quote", verbatim=True)
    assert faithful(bare, "word0") == 0


@pytest.mark.parametrize(
    ("stated", "shown", "right"),
    [
        ("34", "25-34", True), ("35", "25-34", False), ("25", "25-34", True), ("24", "25-34", False),
        ("65", "65+", True), ("64", "65+", False), ("120", "65+", True), ("34 years", "25-34", True),
        (" Holt ", "holt", True), ("HOLT", "Holt", True), ("Holt", "Hol", False), ("Holt", "25-34", False),
        ("thirty-four", "25-34", False), ("34", "34", True), ("34", "3", False), ("134", "25-34", False),
    ],
)  # fmt: skip
def test_a_value_is_stated_as_it_is_or_as_the_band_it_falls_into(stated: str, shown: str, right: bool) -> None:
    item = interview("Anna", "word", thing=f'"{stated}"')
    persona = one_persona("p", ["Anna"], demographics={"thing": counted("thing", 1, **{shown: ["Anna"]})})
    found = measured(persona_set(persona), item)
    assert found["bias_invented"].value == (0 if right else 1)
    assert found["faithfulness"].value == (1 if right else 0)


@pytest.mark.parametrize(
    "change",
    [{"count": 2}, {"count": 0}, {"participants": ("Anna", "Ben")}, {"participants": ()}],
    ids=["one too many", "one too few", "somebody uncounted", "nobody"],
)
def test_a_share_counts_the_people_it_names(change: dict[str, Any]) -> None:
    people = [interview(who, "word", city="Holt") for who in ("Anna", "Ben")]
    right = counted("city", 2, Holt=["Anna"])
    wrong = msgspec.structs.replace(right, shares=(msgspec.structs.replace(right.shares[0], **change),))
    for shown, value in ((right, 1), (wrong, 0)):
        persona = one_persona("p", ["Anna", "Ben"], demographics={"city": shown})
        assert measured(persona_set(persona), *people)["faithfulness"].value == value


@pytest.mark.parametrize(("known", "of", "right"), [(1, 2, 1), (2, 2, 0), (0, 2, 0), (1, 1, 1), (1, 0, 0)])
def test_a_distribution_knows_as_many_as_it_counts_of_those_there_are(known: int, of: int, right: int) -> None:
    people = [interview(who, "word", city="Holt") for who in ("Anna", "Ben")]
    shown = msgspec.structs.replace(counted("city", 2, Holt=["Anna"]), known=known, of=of)
    persona = one_persona("p", ["Anna", "Ben"], demographics={"city": shown})
    assert measured(persona_set(persona), *people)["faithfulness"].value == right
