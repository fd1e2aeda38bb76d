"""Personas written out: json, yaml, csv, md and html."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from persona.errors import UsageError, did_you_mean
from persona.model.personas import PersonaSet
from persona.model.sources import Input


def to_json(personas: PersonaSet, _inputs: Sequence[Input] = ()) -> bytes:
    """Canonical content laid out for reading: the form of ``output/personas.json``."""
    from persona.model.canonical import canonical_json

    return msgspec.json.format(canonical_json(personas), indent=2) + b"\n"


def to_yaml(personas: PersonaSet, _inputs: Sequence[Input] = ()) -> bytes:
    """The same content as YAML."""
    from persona.model.yamltext import dump_yaml

    return dump_yaml(msgspec.to_builtins(personas)).encode()


def to_csv(personas: PersonaSet, _inputs: Sequence[Input] = ()) -> bytes:
    """One claim a row: see ``exports.rows``."""
    from persona.exports import rows

    return rows.to_csv(personas)


def to_markdown(personas: PersonaSet, inputs: Sequence[Input] = ()) -> bytes:
    """For reading and for wikis: see ``exports.markdown``."""
    from persona.exports import markdown

    return markdown.to_markdown(personas, inputs)


def to_html(personas: PersonaSet, inputs: Sequence[Input] = ()) -> bytes:
    """A page of the personas alone; the report is the one with the transcripts."""
    from persona.exports.cards import card, legend, symbols
    from persona.exports.citing import Citations
    from persona.exports.markup import el, join
    from persona.exports.page import grouping_notice, page, parted, provenance_table

    places = Citations(personas, inputs, linked=False)
    cards = [card(persona, places, number) for number, persona in enumerate(personas.personas, 1)]
    help_ = el("div", legend(), class_="reading-help")
    notice = grouping_notice(personas.grouping, personas.checks)
    head = el("header", el("h1", "Personas"), notice, help_, class_="masthead")
    body = join(symbols(), el("main", head, el("div", cards, class_="personas"), class_="simple"))
    made, checkpoint = parted(personas.provenance)
    return page("Personas", join(body, provenance_table(made)), styles=("page.css",), checkpoint=checkpoint)


FORMATS: dict[str, Callable[[PersonaSet, Sequence[Input]], bytes]] = {
    "json": to_json,
    "yaml": to_yaml,
    "csv": to_csv,
    "md": to_markdown,
    "html": to_html,
}
"""The formats of ``persona artefact export``; json and yaml read back to an equal set."""


def check_format(format: str) -> None:
    """Raise ``UsageError`` for a format that does not exist."""
    if format not in FORMATS:
        near = did_you_mean(format, FORMATS)
        raise UsageError(
            f"`{format}` is not a format of export",
            code="bad-format",
            place=f"known: {', '.join(FORMATS)}",
            hints=[f"did you mean `{near}`?"] if near else [],
        )


def export_personas(
    personas: PersonaSet,
    format: str,
    *,
    provenance: Mapping[str, Any] | None = None,
    inputs: Sequence[Input] = (),
) -> bytes:
    """Personas in one of ``FORMATS``, with another ``_provenance`` when one is given.

    What is for reading (md, html) names places by lines and rows where ``inputs`` has the documents.

    Raises ``UsageError`` for a format that does not exist.
    """
    check_format(format)
    if provenance is not None:
        personas = msgspec.structs.replace(personas, provenance=dict(provenance))
    return FORMATS[format](personas, inputs)
