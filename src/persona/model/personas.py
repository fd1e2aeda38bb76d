"""Personas as claims with evidence.

Every value of a persona is a ``Claim``: a sentence, its status, the spans it rests on, and how
many of how many participants say so. A field the data cannot fill is None, and ``Persona.missing`` says why.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from persona.model.canonical import Digest

Status = Literal["observed", "inferred", "unsupported"]
"""observed: the words are in the source. inferred: derived by a rule from observed words or
attributes. unsupported: asserted without evidence; shown only when marked, and counted."""

PERSONA_SCHEMA = "persona/1"
SET_SCHEMA = "persona-set/1"

CLAIM_FIELDS = ("themes", "goals", "pain_points", "behaviours", "needs", "motivations", "context", "tools", "quotes")
"""The fields of a persona that hold a list of claims, in the order in which they are shown."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A highlight that speaks for or against a claim: ``quote`` equals ``document.text[start:end]``."""

    document: Digest
    start: int
    end: int
    quote: str
    participant: str
    stance: Literal["for", "against"] = "for"


class Claim(msgspec.Struct, frozen=True):
    """One statement of a persona.

    ``support`` of ``of``: participants with evidence for it, of the members of the persona.
    ``method`` names what made the statement (``quote``, ``theme``, ``distribution``, ``template``, ``pseudonym``, or
    ``model`` for a language model's words).
    ``verbatim`` is True when ``text`` is, whole, a quotation equal to its first evidence.
    """

    id: str
    text: str
    status: Status
    support: int
    of: int
    evidence: tuple[Evidence, ...]
    method: str
    verbatim: bool = False


class Share(msgspec.Struct, frozen=True):
    """One value of an attribute and how many members have it, with the participants counted."""

    value: str
    count: int
    participants: tuple[str, ...]


class Distribution(msgspec.Struct, frozen=True):
    """An attribute of the members as counted, never invented: ``known`` of ``of`` members state it.

    ``claim`` says the same in words. Shares are sorted by count, then value.
    """

    attribute: str
    shares: tuple[Share, ...]
    known: int
    of: int
    claim: Claim


class Absent(msgspec.Struct, frozen=True):
    """Why a field is null, as a stable code and a sentence.

    ``not_in_source``: the sources do not give it. ``no_evidence``: nothing in them speaks of it. ``refused``: a model
    said something, but it did not rest on words. ``unreadable``: no answer of a model about it could be read.
    """

    code: str
    message: str


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """One persona: a group of participants described by claims.

    ``name`` is a pseudonym from a neutral list, marked as such by its claim's status ``unsupported`` and
    method ``pseudonym``. ``themes`` are what members talk about, in the engine's words; the fields after it are what
    they said. ``anchor`` is the participant nearest to the group's middle.
    """

    id: str
    name: Claim
    summary: Claim | None
    demographics: dict[str, Distribution]
    themes: tuple[Claim, ...] | None = None
    goals: tuple[Claim, ...] | None
    pain_points: tuple[Claim, ...] | None
    behaviours: tuple[Claim, ...] | None
    needs: tuple[Claim, ...] | None
    motivations: tuple[Claim, ...] | None
    context: tuple[Claim, ...] | None
    tools: tuple[Claim, ...] | None
    quotes: tuple[Claim, ...] | None
    members: tuple[str, ...]
    anchor: str
    missing: dict[str, Absent]
    schema: str = PERSONA_SCHEMA

    @property
    def empty(self) -> bool:
        """Whether nothing that it says of its members rests on words: only a name, and what is counted of them."""
        said = [self.summary, *(claim for field in CLAIM_FIELDS for claim in getattr(self, field) or ())]
        return not any(claim and claim.evidence for claim in said)

    def claims(self) -> list[tuple[str, Claim]]:
        """Every claim with its path (``goals[0]``, ``demographics.occupation``), in reading order."""
        found: list[tuple[str, Claim]] = [("name", self.name)]
        if self.summary is not None:
            found.append(("summary", self.summary))
        found += [(f"demographics.{key}", item.claim) for key, item in self.demographics.items()]
        for field in CLAIM_FIELDS:
            found += [(f"{field}[{i}]", claim) for i, claim in enumerate(getattr(self, field) or ())]
        return found


class Grouping(msgspec.Struct, frozen=True):
    """How participants were put into groups, and whether the data really show groups.

    ``silhouette`` is the mean cosine silhouette in -1..1 (None for one group); ``stability`` the mean
    adjusted Rand index against regroupings of resamples (None when not computed); ``clear`` is False
    when ``silhouette`` is under the threshold, and ``message`` then says so.
    ``outliers`` are participants who fit nowhere and so belong to no persona; ``excluded`` says why others were left
    out. ``person`` in ``chosen_by`` says that somebody made the groups by hand.
    """

    k: int
    chosen_by: Literal["count", "silhouette", "single", "person"]
    silhouette: float | None
    stability: float | None
    clear: bool
    message: str
    groups: tuple[tuple[str, ...], ...]
    outliers: tuple[str, ...]
    excluded: dict[str, str]


class Checks(msgspec.Struct, frozen=True):
    """How the answers of a language model fared when they were held against the sources.

    ``answers`` were asked for; ``valid`` of them had the right form at the first attempt, ``mended`` at the second and
    ``unreadable`` never. ``items`` is the number of observations and claims in them, ``refused`` those refused at the
    first attempt by reason. Of these a second answer mended ``repaired``; ``unquoted`` stand without the words that
    they put in quotes; ``unsupported`` are shown without evidence, and marked so; ``left_out`` are gone.
    ``attempts`` is how many answers each persona took until one had the right form.
    """

    answers: int
    valid: int
    mended: int
    unreadable: int
    items: int
    refused: dict[str, int]
    repaired: int
    unsupported: int
    attempts: dict[str, int] = {}
    unquoted: int = 0
    left_out: int = 0

    def told(self) -> str:
        """The counts as a sentence for people."""
        refused = sum(self.refused.values())
        form = f"{self.valid} of {self.answers} answers of the model had the right form at once"
        if self.mended or self.unreadable:
            form += f" ({self.mended} at the second attempt, {self.unreadable} never)"
        held = f"{refused} of {self.items} statements were refused by the sources at first"
        became = {
            "mended": self.repaired,
            "kept without the words they put in quotes": self.unquoted,
            "shown without evidence": self.unsupported,
            "left out": self.left_out,
        }
        told = ", ".join(f"{count} {what}" for what, count in became.items() if count)
        return f"{form}; {held}{f' ({told})' if told else ''}"

    def warnings(self) -> list[str]:
        """What somebody who reads the personas must know, a sentence each."""
        found = []
        if self.unreadable:
            found.append(
                f"{self.unreadable} of {self.answers} answers of the model could not be read, so what they were about "
                "is missing"
            )
        refused = sum(self.refused.values())
        gone = self.left_out + self.unsupported
        if refused and gone * 2 > self.items:
            found.append(
                f"the model's words do not rest on what people said: {refused} of its {self.items} statements were "
                f"refused, {self.left_out} of them left out and {self.unsupported} shown without evidence"
            )
        return found


class PersonaSet(msgspec.Struct, frozen=True):
    """The content of ``output/personas.json``: only what inputs, recipe and engine determine.

    ``checks`` is None for engines that ask no model.
    """

    personas: tuple[Persona, ...]
    grouping: Grouping
    provenance: dict[str, Any] = msgspec.field(name="_provenance", default_factory=dict)
    schema: str = SET_SCHEMA
    checks: Checks | None = None

    def warnings(self) -> list[str]:
        """What somebody who reads the personas must know, a sentence each."""
        found = self.checks.warnings() if self.checks else []
        empty = [persona.id for persona in self.personas if persona.empty]
        if empty:
            found.append(f"nothing that is said in {', '.join(empty)} rests on words; `missing` there says why")
        return found
