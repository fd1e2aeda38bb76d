"""Personas without the words of those who may not be quoted: their voice counts, and is not shown.

The place of the words stays in the evidence, and the count of people with it. Where a claim is, whole, such a
quotation, another person's takes its place if one says the same; else the claim says that its words may not be shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec.structs import replace

from persona.model.personas import CLAIM_FIELDS, Claim, Evidence, Persona, PersonaSet

WITHHELD = "(said in words that may not be quoted)"
"""The text of a claim that is nothing but words that may not be shown."""

ROW = 5
"""Words in a row that make a claim a quotation of somebody, whatever it calls itself."""


def withhold(personas: PersonaSet, silent: Collection[str]) -> PersonaSet:
    """The personas without quotations of the people with these labels."""
    if not silent:
        return personas
    return replace(personas, personas=tuple(_persona(one, silent) for one in personas.personas))


def _persona(persona: Persona, silent: Collection[str]) -> Persona:
    lists = {
        field: tuple(_claim(one, silent) for one in claims)
        for field in CLAIM_FIELDS
        if (claims := getattr(persona, field)) is not None
    }
    summary = persona.summary and _claim(persona.summary, silent)
    return replace(persona, name=_claim(persona.name, silent), summary=summary, **lists)


def _claim(claim: Claim, silent: Collection[str]) -> Claim:
    theirs = [one for one in claim.evidence if one.participant in silent]
    if not theirs:
        return claim
    hidden = tuple(replace(one, quote="") if one in theirs else one for one in claim.evidence)
    if claim.verbatim:
        if claim.evidence[0] not in theirs:
            return replace(claim, evidence=hidden)
        shown = [one for one in hidden if one.quote and one.stance == "for"]
        if not shown:
            return replace(claim, text=WITHHELD, evidence=hidden, verbatim=False)
        return replace(claim, text=shown[0].quote, evidence=(shown[0], *(one for one in hidden if one is not shown[0])))
    text = WITHHELD if any(_quotes(claim.text, one) for one in theirs) else claim.text
    return replace(claim, text=text, evidence=hidden)


def _quotes(text: str, evidence: Evidence) -> bool:
    """Whether a text holds the quotation, or five of its words in a row."""
    said, shown = _words(evidence.quote), _words(text)
    length = min(ROW, len(said))
    rows = {tuple(said[at : at + length]) for at in range(len(said) - length + 1)} if length > 1 else set()
    return any(tuple(shown[at : at + length]) in rows for at in range(len(shown) - length + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
