"""Personas written out: json, yaml, csv, md and html."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from persona.model.canonical import canonical_json
from persona.model.personas import CLAIM_FIELDS, Claim, Persona, PersonaSet
from persona.model.yamltext import dump_yaml

TITLES = {
    "goals": "Goals",
    "pain_points": "Pain points",
    "behaviours": "Behaviours",
    "needs": "Needs",
    "motivations": "Motivations",
    "context": "Context",
    "tools": "Tools",
    "quotes": "In their words",
}
"""The fields of a persona as people read them."""

MARKS = {"observed": "observed", "inferred": "inferred", "unsupported": "not supported by the data"}
"""The statuses of a claim as people read them."""


def to_json(personas: PersonaSet) -> bytes:
    """Canonical content laid out for reading."""
    return msgspec.json.format(canonical_json(personas), indent=2) + b"\n"


def to_yaml(personas: PersonaSet) -> bytes:
    """The same content as YAML."""
    return dump_yaml(msgspec.to_builtins(personas)).encode()


def to_csv(personas: PersonaSet) -> bytes:
    """One claim a row. A cell that a spreadsheet would run as a formula is prefixed with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    head = "persona name field claim status support of participants quotes documents spans".split()
    writer.writerow(head)
    for persona in personas.personas:
        for path, claim in persona.claims():
            row = [
                persona.id,
                persona.name.text,
                path,
                claim.text,
                claim.status,
                str(claim.support),
                str(claim.of),
                "; ".join(dict.fromkeys(one.participant for one in claim.evidence)),
                "\n".join(one.quote for one in claim.evidence),
                "; ".join(dict.fromkeys(one.document for one in claim.evidence)),
                "; ".join(f"{one.start}-{one.end}" for one in claim.evidence),
            ]
            writer.writerow([_harmless(cell) for cell in row])
        for path, absent in persona.missing.items():
            writer.writerow([persona.id, persona.name.text, path, "", absent.code, "", "", "", "", "", ""])
    return out.getvalue().encode()


def to_markdown(personas: PersonaSet) -> bytes:
    """Personas for reading and for wikis; every quotation names its participant."""
    lines = ["# Personas", ""]
    if not personas.grouping.clear:
        lines += [f"> Note: {personas.grouping.message}.", ""]
    for persona in personas.personas:
        lines += [f"## {_inline(persona.name.text)} (pseudonym)", "", f"*{len(persona.members)} participants*", ""]
        if persona.summary:
            lines += [_inline(persona.summary.text), ""]
        for item in persona.demographics.values():
            lines.append(f"- {_inline(item.claim.text)}")
        if persona.demographics:
            lines.append("")
        for field in CLAIM_FIELDS:
            claims = getattr(persona, field)
            if claims is None:
                reason = persona.missing[field].message if field in persona.missing else "nothing"
                lines += [f"### {TITLES[field]}", "", f"Empty: {reason}.", ""]
                continue
            lines += [f"### {TITLES[field]}", "", *(_markdown(claim) for claim in claims), ""]
    return "\n".join(lines).encode()


def to_html(personas: PersonaSet) -> bytes:
    """A plain page of the personas, without transcripts."""
    body = "".join(_section(persona) for persona in personas.personas)
    note = "" if personas.grouping.clear else f"<p><strong>Note:</strong> {html.escape(personas.grouping.message)}.</p>"
    style = (
        "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c1b19;background:#fff}"
        "blockquote{margin:.4rem 0;padding-left:.8rem;border-left:3px solid #8a6d1f}small{color:#57534e}"
    )
    page = (
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Personas</title>"
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head>'
        f"<body><main><h1>Personas</h1>{note}{body}</main></body></html>\n"
    )
    return page.encode()


FORMATS: dict[str, Callable[[PersonaSet], bytes]] = {
    "json": to_json,
    "yaml": to_yaml,
    "csv": to_csv,
    "md": to_markdown,
    "html": to_html,
}
"""The formats of ``persona artefact export``; json and yaml read back to an equal set."""


def export_personas(personas: PersonaSet, format: str, *, provenance: Mapping[str, Any] | None = None) -> bytes:
    """Personas in one of ``FORMATS``, with another ``_provenance`` when one is given."""
    if provenance is not None:
        personas = msgspec.structs.replace(personas, provenance=dict(provenance))
    return FORMATS[format](personas)


def _markdown(claim: Claim) -> str:
    people = ", ".join(dict.fromkeys(one.participant for one in claim.evidence))
    text = f"“{_inline(claim.text)}”" if claim.verbatim else _inline(claim.text)
    return f"- {text} ({MARKS[claim.status]}; {claim.support} of {claim.of}: {_inline(people)})"


def _section(persona: Persona) -> str:
    parts = [f"<section><h2>{html.escape(persona.name.text)} <small>(pseudonym)</small></h2>"]
    if persona.summary:
        parts.append(f"<p>{html.escape(persona.summary.text)}</p>")
    if persona.demographics:
        items = "".join(f"<li>{html.escape(item.claim.text)}</li>" for item in persona.demographics.values())
        parts.append(f"<ul>{items}</ul>")
    for field in CLAIM_FIELDS:
        claims = getattr(persona, field)
        parts.append(f"<h3>{TITLES[field]}</h3>")
        if claims is None:
            reason = persona.missing[field].message if field in persona.missing else "nothing"
            parts.append(f"<p><small>Empty: {html.escape(reason)}.</small></p>")
            continue
        for claim in claims:
            people = html.escape(", ".join(dict.fromkeys(one.participant for one in claim.evidence)))
            text = html.escape(claim.text)
            shown = f"<blockquote>“{text}”</blockquote>" if claim.verbatim else f"<p>{text}</p>"
            parts.append(f"{shown}<small>{MARKS[claim.status]}; {claim.support} of {claim.of}: {people}</small>")
    return "".join(parts) + "</section>"


def _inline(text: str) -> str:
    """Text in which no character starts markup."""
    for char in "\\`*_[]<>#|":
        text = text.replace(char, f"\\{char}")
    return text.replace("\n", " ")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
