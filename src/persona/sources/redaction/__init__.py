"""Redaction before sealing: names and personal data are replaced before anything is hashed, stored or logged."""

from __future__ import annotations

from persona.model.sources import Reading
from persona.sources.redaction.lists import REVIEW, read_allow, read_deny, remarks_on, review_rows
from persona.sources.redaction.pseudonyms import Pseudonyms, Remembered
from persona.sources.redaction.recognising import spacy_recogniser
from persona.sources.redaction.redacting import Redactor
from persona.sources.redaction.rules import Denied, Redacted, Replacement, Rules, Span
from persona.sources.redaction.sealed import MEDIA_TYPE, SUFFIX, seal, unseal
from persona.sources.redaction.stated import stated_names

__all__ = [
    "MEDIA_TYPE",
    "REVIEW",
    "SUFFIX",
    "Denied",
    "Pseudonyms",
    "Redacted",
    "Redactor",
    "Remembered",
    "Replacement",
    "Rules",
    "Span",
    "read_allow",
    "read_deny",
    "redact",
    "remarks_on",
    "review_rows",
    "seal",
    "spacy_recogniser",
    "stated_names",
    "unseal",
]


def redact(reading: Reading, rules: Rules, pseudonyms: Pseudonyms, name: str = "") -> Redacted:
    """One reading by itself, without personal data as far as the rules know it. ``name`` is the name of its file.

    A pure function but for the pseudonyms, which learn whom they meet. For several files use ``Redactor``, so that a
    name known from one is found in all.
    """
    return Redactor(rules, pseudonyms).redact(reading, name)
