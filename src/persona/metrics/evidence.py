"""Metrics of claims and their evidence: is what is shown there, and does it carry what is said?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from persona.metrics.clashes import ALIKE, TOPIC, clash, denied
from persona.metrics.definitions import REGISTRY
from persona.model.measures import Measure
from persona.model.personas import CLAIM_FIELDS, Claim, Distribution, Evidence, Persona, PersonaSet
from persona.model.sources import Input

if TYPE_CHECKING:
    from persona.metrics.vectors import Space

SUPPORTED_AT = 0.29
"""The least cosine between a claim and a sentence of its evidence (provisional; measured on 40 self-written pairs)."""


_NAMED = re.compile(r"“([^”]+)”")
"""The words that a claim about a theme names."""


def exact(evidence: Evidence, inputs: dict[str, Input]) -> bool:
    """Whether the words at the span are the quotation, said by the participant named, within one turn."""
    item = inputs.get(evidence.document)
    if item is None or item.document.text[evidence.start : evidence.end] != evidence.quote or not evidence.quote:
        return False
    return any(
        turn.start <= evidence.start and evidence.end <= turn.end and item.label(turn) == evidence.participant
        for turn in item.document.turns
        if turn.role == "participant"
    )


def quote_verbatim(personas: PersonaSet, inputs: dict[str, Input]) -> Measure:
    """The share of evidence spans that are exact; the failures are listed."""
    spans = [
        (f"{persona.id}.{path}", evidence)
        for persona in personas.personas
        for path, claim in persona.claims()
        for evidence in claim.evidence
    ]
    wrong = [where for where, evidence in spans if not exact(evidence, inputs)]
    share = 1 - len(wrong) / len(spans) if spans else None
    return REGISTRY["quote_verbatim"].measure(share, len(spans), failures=wrong[:50])


def assertions(persona: Persona) -> list[tuple[str, Claim]]:
    """The claims that assert something about people: all but the pseudonym."""
    return [(path, claim) for path, claim in persona.claims() if claim.method != "pseudonym"]


def faithfulness(personas: PersonaSet, inputs: dict[str, Input], space: Space) -> Measure:
    """The share of asserting claims that their evidence supports; the unsupported ones are listed."""
    unsupported: list[str] = []
    count = 0
    for persona in personas.personas:
        counted = {f"demographics.{key}": item for key, item in persona.demographics.items()}
        for path, claim in assertions(persona):
            count += 1
            if path in counted:
                good = _recounts(persona, path.removeprefix("demographics."), inputs)
            elif claim.verbatim:
                good = (
                    bool(claim.evidence) and claim.text == claim.evidence[0].quote and exact(claim.evidence[0], inputs)
                )
            else:
                held = [evidence.quote for evidence in claim.evidence if exact(evidence, inputs)]
                named = named_by(claim)
                if named:
                    good = len(held) == len(claim.evidence) > 0 and _carried(named, held)
                else:
                    good = bool(held) and space.nearest(claim.text, held) >= SUPPORTED_AT
            if not good:
                unsupported.append(f"{persona.id}.{path}")
    share = 1 - len(unsupported) / count if count else None
    return REGISTRY["faithfulness"].measure(share, count, unsupported=unsupported[:50])


def named_by(claim: Claim) -> list[str]:
    """The words that a theme or a summary names; none for other claims."""
    return _NAMED.findall(claim.text) if claim.method in ("theme", "template") else []


def _carried(words: Sequence[str], quotes: Sequence[str]) -> bool:
    """Whether each word is said in some quotation, and each quotation says some word."""
    return all(_holds_one(quote, words) for quote in quotes) and all(
        any(_holds_one(quote, [word]) for quote in quotes) for word in words
    )


def _holds_one(quote: str, words: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", quote, re.IGNORECASE) for word in words)


def citation_recall(personas: PersonaSet, inputs: dict[str, Input]) -> Measure:
    """The share of asserting claims with at least one exact span."""
    claims = [claim for persona in personas.personas for _, claim in assertions(persona)]
    cited = sum(any(exact(evidence, inputs) for evidence in claim.evidence) for claim in claims)
    return REGISTRY["citation_recall"].measure(cited / len(claims) if claims else None, len(claims))


def citation_precision(personas: PersonaSet, inputs: dict[str, Input], space: Space) -> Measure:
    """The share of cited spans that support their claim; the others are listed."""
    count, idle = 0, []
    for persona in personas.personas:
        for path, claim in assertions(persona):
            named = named_by(claim)
            for number, one in enumerate(claim.evidence, start=1):
                count += 1
                if not (exact(one, inputs) and _supports(one.quote, claim.text, named, space)):
                    idle.append(f"{persona.id}.{path} span {number}")
    return REGISTRY["citation_precision"].measure(1 - len(idle) / count if count else None, count, idle=idle[:50])


def _supports(quote: str, claim: str, named: Sequence[str], space: Space) -> bool:
    if quote == claim:
        return True
    if named:
        return _holds_one(quote, named)
    return denied(quote) == denied(claim) and space.nearest(claim, [quote]) >= SUPPORTED_AT


def contradiction_rate(personas: PersonaSet, inputs: dict[str, Input], space: Space) -> Measure:
    """The share of claims that clash with a span they cite; they are listed."""
    checked, clashes = 0, []
    for persona in personas.personas:
        for path, claim in assertions(persona):
            held = [one.quote for one in claim.evidence if exact(one, inputs)]
            near = [(quote, cosine) for quote in held if (cosine := space.nearest(claim.text, [quote])) >= TOPIC]
            checked += bool(near)
            if any(cosine >= ALIKE and clash(claim.text, quote) for quote, cosine in near):
                clashes.append(f"{persona.id}.{path}")
    share = len(clashes) / checked if checked else None
    return REGISTRY["contradiction_rate"].measure(share, checked, clashes=clashes[:50])


def coverage(personas: PersonaSet, inputs: dict[str, Input]) -> list[Measure]:
    """How many participants are cited, and how much of the evidence comes from one of them."""
    speakers = {
        label
        for item in inputs.values()
        for turn in item.document.turns
        if turn.role == "participant" and (label := item.label(turn)) is not None
    } - set(personas.grouping.excluded)
    spans = Counter(
        evidence.participant
        for persona in personas.personas
        for _, claim in persona.claims()
        for evidence in claim.evidence
    )
    total = sum(spans.values())
    silent = sorted(speakers - set(spans))
    return [
        REGISTRY["coverage_participants"].measure(
            len(speakers & set(spans)) / len(speakers) if speakers else None, len(speakers), uncited=silent[:50]
        ),
        REGISTRY["evidence_concentration"].measure(max(spans.values()) / total if total else None, total),
    ]


def field_fill(personas: PersonaSet) -> Measure:
    """The share of fields that hold something, with the fill of each field."""
    fields = ("summary", *CLAIM_FIELDS)
    count = len(personas.personas)
    filled = {field: sum(getattr(one, field) is not None for one in personas.personas) for field in fields}
    total = count * len(fields)
    share = sum(filled.values()) / total if total else None
    return REGISTRY["field_fill"].measure(
        share, total, by_field={key: round(n / count, 6) for key, n in filled.items()} if count else {}
    )


def _recounts(persona: Persona, attribute: str, inputs: dict[str, Input]) -> bool:
    """Whether a distribution counts only members, each once, who state something of the kind in the source."""
    item = persona.demographics[attribute]
    people = [person for share in item.shares for person in share.participants]
    stated = stated_values(inputs)
    return (
        len(people) == len(set(people)) == item.known <= item.of
        and set(people) <= set(persona.members)
        and all(share.count == len(share.participants) for share in item.shares)
        and all(says(person, share.value, item, stated) for share in item.shares for person in share.participants)
    )


def says(person: str, value: str, item: Distribution, stated: dict[str, dict[str, str]]) -> bool:
    """Whether a person states a value: as a given attribute, or in words that the distribution cites from them."""
    wanted = set(_words(value))
    cited = {word for one in item.claim.evidence if one.participant == person for word in _words(one.quote)}
    return _states(value, stated.get(person, {})) or (bool(wanted) and wanted <= cited)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def stated_values(inputs: dict[str, Input]) -> dict[str, dict[str, str]]:
    """What each participant states about themselves, by label."""
    stated: dict[str, dict[str, str]] = {}
    for item in inputs.values():
        for card in item.document.participants:
            if card.key in item.people:
                stated.setdefault(item.people[card.key], {}).update(card.attributes)
    return stated


def _states(value: str, attributes: dict[str, str]) -> bool:
    """Whether a shown value is one a person states, or the band of an age they state."""
    low = value.casefold()
    band = re.fullmatch(r"(\d+)(?:-(\d+)|\+)", value)
    for given in attributes.values():
        if given.strip().casefold() == low:
            return True
        number = re.match(r"\s*(\d{1,3})\b", given)
        if band and number and int(band[1]) <= int(number[1]) <= int(band[2] or 200):
            return True
    return False
