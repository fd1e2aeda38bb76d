"""The quote guard: a quotation is shown only if it is, character for character, its span in one participant's words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from persona.model.personas import Evidence, PersonaSet
from persona.model.records import Finding
from persona.model.sources import Input


class _Place(NamedTuple):
    start: int
    end: int
    label: str | None


def refusal(evidence: Evidence, inputs: dict[str, Input], silent: Collection[str] = ()) -> str | None:
    """Why a piece of evidence does not hold, or None when it does.

    The words of people who are ``silent`` are not shown: an empty quotation at a place in the document holds for them.

    It holds when its document is among the inputs, its span lies inside one turn of the participant it names, is not
    empty, and the words there equal the quotation, code point by code point.
    """
    item = inputs.get(evidence.document)
    if item is None:
        return "its document is not among the inputs"
    text = item.document.text
    if not 0 <= evidence.start < evidence.end <= len(text):
        return "its span lies outside the document"
    if evidence.participant in silent and not evidence.quote:
        return None
    if text[evidence.start : evidence.end] != evidence.quote:
        return "the words at its span are not the quotation"
    for turn in item.document.turns:
        if turn.start <= evidence.start and evidence.end <= turn.end:
            if turn.role != "participant":
                return "its span lies in words that no participant said"
            return None if item.label(turn) == evidence.participant else "another participant said these words"
    return "its span reaches beyond one turn"


def check_quotes(personas: PersonaSet, inputs: Sequence[Input], silent: Collection[str] = ()) -> list[Finding]:
    """Everything about the quotations of a set that does not hold; empty when all do. ``silent`` as in ``refusal``.

    Also checks that a verbatim claim is its first quotation, that an observed claim has evidence, and that support
    counts the participants of the evidence and never more than there are.
    """
    by_digest: dict[str, Input] = {item.digest: item for item in inputs}
    findings: list[Finding] = []
    for persona in personas.personas:
        for path, claim in persona.claims():
            where = f"{persona.id}.{path}"
            for number, evidence in enumerate(claim.evidence):
                why = refusal(evidence, by_digest, silent)
                if why:
                    findings.append(Finding("quotation-differs", f"{where}.evidence[{number}]", why))
            if claim.verbatim and (not claim.evidence or claim.text != claim.evidence[0].quote):
                findings.append(Finding("quotation-differs", where, "the claim is not the quotation it says it is"))
            if claim.status == "observed" and not claim.evidence:
                findings.append(Finding("claim-without-evidence", where, "it is called observed and rests on nothing"))
            speakers = {evidence.participant for evidence in claim.evidence if evidence.stance == "for"}
            if (claim.verbatim and len(speakers) != claim.support) or not 0 <= claim.support <= claim.of:
                findings.append(
                    Finding("support-miscounted", where, "its support is not the number of its participants")
                )
    return findings
