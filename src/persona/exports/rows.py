"""Personas as a table: one claim a row, for spreadsheets and statistics."""

from __future__ import annotations

from persona.model.personas import Claim, Persona, PersonaSet

HEAD = (
    "persona",
    "name",
    "field",
    "text",
    "status",
    "support",
    "of",
    "method",
    "participants",
    "stances",
    "quotes",
    "documents",
    "spans",
    "reason",
)
"""The columns. The last tells why a field is null; it is empty for a claim."""

# A spreadsheet runs a cell that begins so as a formula; the wide forms are folded to the plain ones by some.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(personas: PersonaSet) -> bytes:
    """UTF-8, comma, CRLF (RFC 4180), a header of ``HEAD``.

    Within a row, line n of ``participants``, ``stances``, ``quotes``, ``documents`` and ``spans`` tell of the same
    piece of evidence; a line break inside a quotation is written as a space. A cell that a spreadsheet would run as
    a formula gets an apostrophe in front.
    """
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for persona in personas.personas:
        for path, claim in persona.claims():
            writer.writerow([harmless(cell) for cell in _claim_row(persona, path, claim)])
        for path, absent in persona.missing.items():
            row = [persona.id, persona.name.text, path, *[""] * (len(HEAD) - 4), f"{absent.code}: {absent.message}"]
            writer.writerow([harmless(cell) for cell in row])
    return out.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell


def _claim_row(persona: Persona, path: str, claim: Claim) -> list[str]:
    cited = claim.evidence
    return [
        persona.id,
        persona.name.text,
        path,
        claim.text,
        claim.status,
        str(claim.support),
        str(claim.of),
        claim.method,
        "\n".join(_line(one.participant) for one in cited),
        "\n".join(one.stance for one in cited),
        "\n".join(_line(one.quote) for one in cited),
        "\n".join(one.document for one in cited),
        "\n".join(f"{one.start}-{one.end}" for one in cited),
        "",
    ]


def _line(text: str) -> str:
    return " ".join(text.splitlines())
