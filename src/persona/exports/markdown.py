"""Personas as Markdown: for reading, for wikis and for comparing two versions line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from persona.exports.cards import TITLES, plural, words
from persona.exports.citing import Citations
from persona.exports.page import parted
from persona.model.personas import CLAIM_FIELDS, Claim, Evidence, Persona, PersonaSet
from persona.model.sources import Input

_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&$!]")
# What would begin a list, a heading or a rule at the start of a line.
_START = re.compile(r"^(\s*)([-+=]|\d{1,9}[.)])")


def to_markdown(personas: PersonaSet, inputs: Sequence[Input] = ()) -> bytes:
    """One section a persona; every claim with its status and support, every quotation with participant and place.

    A place is a line or row where ``inputs`` has the document, else the document and characters.
    """
    places = Citations(personas, inputs, linked=False)
    lines = ["# Personas", ""]
    grouping = personas.grouping
    if grouping.message:
        lines += [f"> **{'Groups' if grouping.clear else 'Take care'}:** {plain(grouping.message)}", ""]
    if personas.checks is not None:
        lines += [f"Checked: {personas.checks.told()}.", ""]
    if grouping.outliers:
        lines += [f"Fits no group well: {_people(grouping.outliers)}", ""]
    if grouping.excluded:
        left = "; ".join(f"{plain(name)} ({plain(why)})" for name, why in sorted(grouping.excluded.items()))
        lines += [f"Left out: {left}", ""]
    for persona in personas.personas:
        lines += _persona(persona, places)
    lines += _provenance(personas)
    return ("\n".join(lines).rstrip("\n") + "\n").encode("utf-8", "replace")


def plain(text: str) -> str:
    """Text on one line in which nothing is taken for markup."""
    line = _MARKUP.sub(lambda found: "\\" + found.group(), " ".join(text.split()))
    return _START.sub(lambda found: found.group(1) + _defused(found.group(2)), line)


def _defused(start: str) -> str:
    return f"\\{start}" if len(start) == 1 else f"{start[:-1]}\\{start[-1]}"


def _persona(persona: Persona, places: Citations) -> list[str]:
    name = "a pseudonym" if persona.name.method == "pseudonym" else persona.name.status
    lines = [f"## {plain(persona.name.text)} ({name})", ""]
    lines += [f"{plural(len(persona.members), 'participant')}: {_people(persona.members)}", ""]
    if persona.summary:
        lines += [*_claim(persona.summary, places), ""]
    if persona.demographics:
        lines += ["### Who they are", ""]
        for attribute, item in persona.demographics.items():
            shares = ", ".join(f"{plain(share.value)}: {share.count}" for share in item.shares)
            unknown = f", not stated {item.of - item.known}" if item.of > item.known else ""
            lines.append(f"- **{plain(words(attribute))}:** {shares}{unknown} (of {item.of})")
            lines += [f"  {line}" for line in _claim(item.claim, places)]
        lines.append("")
    for field in CLAIM_FIELDS:
        claims: tuple[Claim, ...] | None = getattr(persona, field)
        if claims:
            lines += [f"### {TITLES[field]}", "", *(line for claim in claims for line in _claim(claim, places)), ""]
    if persona.missing:
        lines += ["### Not known", ""]
        lines += [
            f"- **{plain(words(field.removeprefix('demographics.')))}:** {plain(absent.message)}"
            for field, absent in persona.missing.items()
        ]
        lines.append("")
    return lines


def _claim(claim: Claim, places: Citations) -> list[str]:
    standing = f"*{claim.status}, {claim.support} of {plural(claim.of, 'participant')}*"
    if claim.verbatim and len(claim.evidence) == 1 and claim.evidence[0].quote == claim.text:
        return [f"- {_cited(claim.evidence[0], places)}; {standing}"]
    text = f"“{plain(claim.text)}”" if claim.verbatim else plain(claim.text)
    return [f"- {text} {standing}", *(f"  - {_cited(one, places)}" for one in claim.evidence)]


def _cited(evidence: Evidence, places: Citations) -> str:
    against = "against: " if evidence.stance == "against" else ""
    return f"{against}“{plain(evidence.quote)}” — {plain(evidence.participant)}, {plain(places.place(evidence).words)}"


def _people(names: tuple[str, ...]) -> str:
    return ", ".join(plain(name) for name in names)


def _provenance(personas: PersonaSet) -> list[str]:
    if not personas.provenance:
        return []
    lines = ["## How this was made", ""]
    made, checkpoint = parted(personas.provenance)
    for key, value in made.items():
        if value is None or isinstance(value, list):
            continue
        if isinstance(value, dict):
            told = ", ".join(f"{name} {each}" for name, each in value.items() if each is not None)
        else:
            told = str(value)
        lines.append(f"- **{plain(words(key))}:** {plain(told)}")
    if checkpoint:
        lines += ["", "The state of the log, to be kept:", "", "```checkpoint", *checkpoint.splitlines(), "```"]
    return lines
