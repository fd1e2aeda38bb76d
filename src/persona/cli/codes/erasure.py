"""Codes of consent and erasure."""

from __future__ import annotations

from persona.cli.codes.code import Code

_SHOW = "See who is there and what they allow: `persona participant list`."

ERASURE: dict[str, Code] = {
    "erased": Code(
        "NotFound",
        "The bytes were erased because somebody who spoke in them withdrew. The record of them stays.",
        "`persona participant show ID` says what was erased and by which event. It cannot be brought back.",
    ),
    "erasure-exists": Code("Conflict", "These bytes are erased by record already.", "Nothing is left to do."),
    "erasure-not-found": Code("NotFound", "These bytes were not erased by record.", _SHOW),
    "withdrawal-exists": Code(
        "Conflict", "A withdrawal of this id exists already.", "Repeat the command: ids are drawn anew."
    ),
    "withdrawal-not-found": Code("NotFound", "No withdrawal has this id.", _SHOW),
}
