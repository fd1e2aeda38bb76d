"""Which format a file of provenance is in, told by its content first and by its suffix where content says nothing."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

from persona.lineage.prov.held import Held
from persona.lineage.prov.limits import MAX_BYTES, refuse, too_much

Format = Literal["prov-json", "prov-xml", "prov-n", "turtle", "trig", "n-triples", "n-quads"]

FORMATS: dict[Format, str] = {
    "prov-json": "PROV-JSON",
    "prov-xml": "PROV-XML",
    "prov-n": "PROV-N",
    "turtle": "PROV-O in Turtle",
    "trig": "PROV-O in TriG",
    "n-triples": "PROV-O in N-Triples",
    "n-quads": "PROV-O in N-Quads",
}
"""The formats that are read, and what they are called."""

_SUFFIXES: dict[str, Format] = {
    ".json": "prov-json",
    ".provjson": "prov-json",
    ".xml": "prov-xml",
    ".provx": "prov-xml",
    ".provxml": "prov-xml",
    ".provn": "prov-n",
    ".ttl": "turtle",
    ".trig": "trig",
    ".nt": "n-triples",
    ".nq": "n-quads",
}


def read_prov(data: bytes, source: str, form: Format | None = None) -> Held:
    """The account that the bytes of a file tell, in a format that is known or is found out by ``format_of``.

    ``source`` names the file in errors. Raises ``InvalidInput`` for what cannot be read, with its place.
    """
    if len(data) > MAX_BYTES:
        raise too_much(f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read", source)
    form = form or format_of(data, source)
    if form == "prov-xml":
        from persona.lineage.prov.provxml import read_prov_xml

        return read_prov_xml(data, source)
    if form in ("turtle", "trig", "n-triples", "n-quads"):
        from persona.lineage.prov.provo import read_prov_o

        return read_prov_o(data, form, source)
    text = _text(data, source)
    if form == "prov-n":
        from persona.lineage.prov.provn import read_prov_n

        return read_prov_n(text, source)
    from persona.lineage.prov.provjson import read_prov_json

    return read_prov_json(text, source)


def format_of(data: bytes, source: str) -> Format:
    """The format of a file of provenance. Raises ``InvalidInput`` where neither content nor suffix tells."""
    begun = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begun:
        raise refuse("the file is empty", "prov-format", source)
    known = _SUFFIXES.get(PurePath(source).suffix.lower())
    if known in ("turtle", "trig", "n-triples", "n-quads"):  # these begin in as many ways as the others
        return known
    if re.match(rb"[\[{]", begun):
        return "prov-json"
    if re.match(rb"<([?!]|[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?[\s/>])", begun):
        return "prov-xml"
    if re.match(rb"(//[^\n]*\n\s*|/\*(?:[^*]|\*(?!/))*+\*/\s*)*+document\b", begun):
        return "prov-n"
    if known is not None:
        return known
    if re.match(rb"@prefix\b|@base\b|(?i:prefix|base)\s|<[^\s<>]*>\s+<|_:\w", begun):
        # N-Quads reads N-Triples, TriG reads Turtle: the wider of the two.
        return "trig" if re.match(rb"[@a-z]", begun, re.IGNORECASE) else "n-quads"
    raise refuse(
        "this is no provenance in a format that is read",
        "prov-format",
        source,
        f"These are read: {', '.join(FORMATS.values())}.",
    )


def _text(data: bytes, source: str) -> str:
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = f"{source}, line {line}, byte {error.start}"
        raise refuse("the file is no UTF-8 text", "prov-syntax", place, "Save it as UTF-8.") from None
