"""Every measure of claims and evidence equals a recount that is written another way, on personas drawn at random."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.metrics.counting import cosine
from tests.metrics.drawing import INPUTS, OF, SAID, evidence, sets, shuffled
from tests.metrics.making import measured, quoted

from persona.metrics import REGISTRY, scores
from persona.model.canonical import canonical_json
from persona.model.measures import Measure
from persona.model.personas import CLAIM_FIELDS, Claim, Evidence, Persona, PersonaSet
from persona.model.sources import Input

AGES = {"Anna": 34, "Ben": 51, "Cleo": 29}
CITIES = {"Anna": "Holt", "Ben": "Holt", "Dora": "Wells"}


def owners(item_digest: str) -> list[tuple[int, str] | None]:
    """Who says each character of a document, and in which turn; None for questions and the space between turns."""
    for who, item in OF.items():
        if item.digest == item_digest:
            found: list[tuple[int, str] | None] = [None] * len(item.document.text)
            for text in SAID[who]:
                at = item.document.text.index(f"\n\n{text}") + 2
                found[at : at + len(text)] = [(at, who)] * len(text)
            return found
    return []


def right(one: Evidence) -> bool:
    here = owners(one.document)[one.start : one.end]
    who = {owner for owner in here if owner is not None}
    text = "".join(item.document.text for item in INPUTS if item.digest == one.document)
    whole = bool(here) and None not in here and len(who) == 1
    same = len(one.quote) == one.end - one.start and text.find(one.quote, one.start) == one.start
    return whole and same and {name for _, name in who} == {one.participant}


def said(value: str, who: str) -> bool:
    age, city = AGES.get(who), CITIES.get(who, "")
    bands = {"25-34": range(25, 35), "45-54": range(45, 55), "65+": range(65, 201)}
    return (age is not None and (value == str(age) or age in bands.get(value, ()))) or value == city != ""


def supported(persona: Persona, path: str, claim: Claim) -> bool:
    held = [one.quote for one in claim.evidence if right(one)]
    if path.startswith("demographics."):
        item = persona.demographics[path[13:]]
        people = [(who, share) for share in item.shares for who in share.participants]
        once = max(Counter(who for who, _ in people).values(), default=1) == 1
        adds_up = item.known == len(people) <= item.of and all(
            one.count == len(one.participants) for one in item.shares
        )
        return once and adds_up and all(who in persona.members and said(share.value, who) for who, share in people)
    if claim.verbatim:
        return bool(claim.evidence) and right(claim.evidence[0]) and claim.text == claim.evidence[0].quote
    if "“" in claim.text:
        named = claim.text.partition("“")[2].partition("”")[0]
        return bool(held) and len(held) == len(claim.evidence) and all(named in quote.split() for quote in held)
    return max((cosine(claim.text, quote) for quote in held), default=0.0) >= 0.29


def denies(text: str) -> bool:
    """Whether one of the sentences of this corpus denies: none of them denies twice."""
    return any(word in text.split() for word in ("not", "never", "nobody"))


def contradicts(one: str, other: str) -> bool:
    return round(cosine(one, other), 9) >= 0.6 and denies(one) != denies(other)


def precise_span(claim: Claim, one: Evidence) -> bool:
    if "“" in claim.text:
        return right(one) and claim.text.partition("“")[2].partition("”")[0] in one.quote.split()
    alike = denies(claim.text) == denies(one.quote) and cosine(claim.text, one.quote) >= 0.29
    return right(one) and (claim.text == one.quote or alike)


def recount(personas: PersonaSet) -> dict[str, Fraction | None]:
    """The measures of evidence as fractions."""
    claims = [(one, path, claim) for one in personas.personas for path, claim in one.claims() if path != "name"]
    spans = [one for _, _, claim in claims for one in claim.evidence]
    cited = Counter(one.participant for one in spans)
    wanted = set(SAID) - set(personas.grouping.excluded)
    precise = [precise_span(claim, one) for _, _, claim in claims for one in claim.evidence]
    near = [(claim, [one.quote for one in claim.evidence if right(one)]) for _, _, claim in claims]
    told = [(claim, held) for claim, held in near if any(round(cosine(claim.text, q), 9) >= 0.35 for q in held)]
    values = [share for one in personas.personas for item in one.demographics.values() for share in item.shares]
    invented = sum(not any(said(share.value, who) for who in share.participants) for share in values)
    filled = sum(getattr(one, field) is not None for one in personas.personas for field in ("summary", *CLAIM_FIELDS))
    return {
        "quote_verbatim": share_of([right(one) for one in spans]),
        "faithfulness": share_of([supported(*one) for one in claims]),
        "citation_recall": share_of([any(map(right, claim.evidence)) for _, _, claim in claims]),
        "citation_precision": share_of(precise),
        "contradiction_rate": share_of([any(contradicts(claim.text, q) for q in held) for claim, held in told]),
        "coverage_participants": share_of([who in cited for who in wanted]),
        "evidence_concentration": Fraction(max(cited.values()), len(spans)) if spans else None,
        "bias_invented": Fraction(invented, len(values)) if values else None,
        "field_fill": Fraction(filled, 10 * len(personas.personas)) if personas.personas else None,
        "schema_validity": Fraction(1) if personas.personas else None,
    }


def share_of(found: list[bool]) -> Fraction | None:
    return Fraction(sum(found), len(found)) if found else None


@settings(max_examples=150)
@given(sets())
def test_measures_of_evidence_equal_a_recount(personas: PersonaSet) -> None:
    found = measured(personas, *INPUTS)
    for name, wanted in recount(personas).items():
        value = found[name].value
        assert (value is None) == (wanted is None), name
        assert wanted is None or value == round(float(wanted), 6), name
    details = found["quote_verbatim"].details["failures"]
    spans = [one for persona in personas.personas for _, claim in persona.claims() for one in claim.evidence]
    assert len(details) == sum(not right(one) for one in spans)
    fill = found["field_fill"].details["by_field"]
    assert set(fill) == ({"summary", *CLAIM_FIELDS} if personas.personas else set())
    for field, share in fill.items():
        whole = [getattr(one, field) is not None for one in personas.personas]
        assert share == round(sum(whole) / len(whole), 6)


def check(found: dict[str, Measure]) -> None:
    """What holds of every measure, whatever was measured."""
    assert list(found) == list(REGISTRY)
    for name, one in found.items():
        definition = REGISTRY[name]
        assert (one.version, one.direction, one.span) == (definition.version, definition.direction, definition.span)
        assert one.denominator >= 0
        if one.status == "ok":
            assert one.value is not None
            assert one.span[0] <= one.value <= one.span[1]
            assert one.denominator > 0
        else:
            assert one.value is None
            assert one.status == "not_enough_data" or one.denominator == 0
            assert one.status != "not_enough_data" or len(one.details["reason"]) > 20
    assert canonical_json(list(found.values()))  # refuses NaN and infinities
    for name, score in scores(list(found.values())).items():
        assert score is None or 0 <= score <= 1, name


@settings(max_examples=60)
@given(sets(most=4), shuffled(INPUTS))
def test_a_measure_stays_in_its_range_and_asks_for_no_order(personas: PersonaSet, inputs: list[Input]) -> None:
    found = measured(personas, *INPUTS)
    check(found)
    assert found == measured(personas, *inputs)
    turned = PersonaSet(tuple(reversed(personas.personas)), personas.grouping)
    other = measured(turned, *inputs)
    check(other)
    drawn = {"diversity", "bias_representation"}  # these compare with sets drawn at random, from seeds of their own
    for name in REGISTRY.keys() - drawn:
        assert (found[name].value, found[name].denominator) == (other[name].value, other[name].denominator), name


@settings(max_examples=60)
@given(sets(least=1), evidence())
def test_one_fabricated_quotation_lowers_the_share_of_exact_ones(personas: PersonaSet, span: Evidence) -> None:
    """One claim more, whose words nobody said: no measure of evidence gets better by it."""
    before = measured(personas, *INPUTS)
    first = personas.personas[0]
    bad = quoted(Evidence(span.document, span.start, span.end, "words that nobody said", span.participant))
    spoilt = msgspec.structs.replace(first, quotes=(*(first.quotes or ()), bad))
    after = measured(PersonaSet((spoilt, *personas.personas[1:]), personas.grouping), *INPUTS)
    for name in ("quote_verbatim", "faithfulness", "citation_recall"):
        old, new = before[name], after[name]
        assert new.value is not None
        assert new.denominator == old.denominator + 1
        kept = 0.0 if old.value is None else old.value * old.denominator
        assert abs(new.value * new.denominator - kept) < 1e-4, name
        assert old.value is None or new.value < old.value or new.value == old.value == 0
    assert "p0.quotes" in str(after["quote_verbatim"].details["failures"])


@given(st.sampled_from(list(REGISTRY)), st.one_of(st.none(), st.floats(0, 1)), st.integers(0, 9))
def test_nothing_to_count_over_is_never_a_number(name: str, value: float | None, count: int) -> None:
    one = REGISTRY[name].measure(value, count)
    assert (one.value is None) == (value is None or count == 0)
    assert one.status == ("not_applicable" if one.value is None else "ok")
    assert one.value is None or value is None or abs(one.value - value) <= 5e-7
