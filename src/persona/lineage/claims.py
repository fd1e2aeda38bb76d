"""Following one claim to the words it rests on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from persona.errors import NotFound, did_you_mean
from persona.model.personas import Claim, Evidence, Persona, PersonaSet
from persona.model.sources import Input


class Trace(NamedTuple):
    """A claim and the place of one of its evidence spans. ``equal``: the words there are the quotation shown."""

    persona: Persona
    path: str
    claim: Claim
    evidence: Evidence
    input: Input
    place: str
    equal: bool


def find_claim(personas: PersonaSet, wanted: str | None) -> tuple[Persona, str, Claim]:
    """A claim by its path ``persona-1.goals[0]`` or its id; the first observed claim when none is named.

    Raises ``NotFound`` with the nearest path.
    """
    known = {
        f"{persona.id}.{path}": (persona, path, claim)
        for persona in personas.personas
        for path, claim in persona.claims()
    }
    if wanted is None:
        for persona, path, claim in known.values():
            if claim.status == "observed" and claim.evidence:
                return persona, path, claim
        raise NotFound("no claim of these personas rests on words", code="claim-not-found", place="personas")
    if wanted in known:
        return known[wanted]
    for persona, path, claim in known.values():
        if claim.id == wanted:
            return persona, path, claim
    near = did_you_mean(wanted, known)
    raise NotFound(
        f"there is no claim `{wanted}`",
        code="claim-not-found",
        place=", ".join(list(known)[:6]) + (", ..." if len(known) > 6 else ""),
        hints=[f"did you mean `persona trace --claim '{near}'`?"] if near else [],
    )


def follow(personas: PersonaSet, inputs: Sequence[Input], wanted: str | None) -> Trace:
    """A claim followed to the place of its first evidence. Raises ``NotFound`` when it has none."""
    persona, path, claim = find_claim(personas, wanted)
    if not claim.evidence:
        raise NotFound(
            f"the claim rests on no words: it is {claim.status}, made by the rule `{claim.method}`",
            code="claim-without-evidence",
            place=f"{persona.id}.{path}",
        )
    evidence = claim.evidence[0]
    by_digest = {item.digest: item for item in inputs}
    item = by_digest[evidence.document]
    starts = [origin.start for origin in item.document.origins]
    at = bisect_right(starts, evidence.start) - 1
    place = item.document.origins[at].place if at >= 0 else ""
    equal = item.document.text[evidence.start : evidence.end] == evidence.quote
    return Trace(persona, path, claim, evidence, item, place, equal)
