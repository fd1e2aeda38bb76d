"""Claims, personas and highlights as things of the lineage graph: the fine grain, read out of personas, not recorded.

A claim is named by its artefact and its path, ``shop/personas:v3#persona-1.goals[0]``, and a persona by the same
without what follows the dot. A highlight, the one way to point at words, is named by its document and its span, the end
excluded: ``document_20250116_143022_abc123.0001@120-184``. What they rest on follows from the bytes of the personas, so
it is never out of step with them: a claim that is, whole, a quotation was quoted from its highlight, any other was
derived from it, and one that counts people was derived from those people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from persona.model.records import Edge

if TYPE_CHECKING:
    from persona.model.canonical import Digest
    from persona.model.personas import Claim, Persona, PersonaSet

_VERSION = re.compile(r"[^/:#]+/[^#]+:v\d+")
_SAID = re.compile(rf"(?P<artefact>{_VERSION.pattern})#(?P<path>.+)")
_HIGHLIGHT = re.compile(r"(?P<document>document_[^@#]+)@(?P<start>\d{1,12})-(?P<end>\d{1,12})")


class Rest(NamedTuple):
    """One thing on which a claim rests: the words from ``start`` to ``end`` of a document, or a person counted.

    A claim that rests on neither has one rest without document and participant, so that it is there all the same.
    ``path`` is that of the claim in its personas; ``verbatim`` says that the claim is the quotation of these words.
    """

    path: str
    document: Digest | None
    start: int
    end: int
    participant: str
    verbatim: bool
    status: str


def rests(personas: PersonaSet) -> Iterator[Rest]:
    """Everything on which each claim of some personas rests, in reading order."""
    for persona in personas.personas:
        for path, claim in persona.claims():
            whole = f"{persona.id}.{path}"
            for number, one in enumerate(claim.evidence):
                verbatim = claim.verbatim and number == 0
                yield Rest(whole, one.document, one.start, one.end, one.participant, verbatim, claim.status)
            for person in _counted(persona, path, claim) or ([] if claim.evidence else [""]):
                yield Rest(whole, None, 0, 0, person, verbatim=False, status=claim.status)


def _counted(persona: Persona, path: str, claim: Claim) -> list[str]:
    """The people whom a claim counts: those who state an attribute, in the order of its shares."""
    family, _, attribute = path.partition(".")
    if family != "demographics" or attribute not in persona.demographics or claim.evidence:
        return []
    return list(dict.fromkeys(one for share in persona.demographics[attribute].shares for one in share.participants))


def name_of(artefact: str, path: str) -> str:
    """The name of a claim or a persona."""
    return f"{artefact}#{path}"


def highlight(document: str, start: int, end: int) -> str:
    """The name of a highlight."""
    return f"{document}@{start}-{end}"


def split_claim(id: str) -> tuple[str, str] | None:
    """The artefact and the path of a claim or a persona; None for a name of another kind."""
    found = _SAID.fullmatch(id)
    return (found["artefact"], found["path"]) if found else None


def split_highlight(id: str) -> tuple[str, int, int] | None:
    """The document and the span that a name points at; None for a name of another kind."""
    found = _HIGHLIGHT.fullmatch(id)
    if not found:
        return None
    start, end = int(found["start"]), int(found["end"])
    return (found["document"], start, end) if start < end else None


def is_version(id: str) -> bool:
    """Whether a name is that of a version of an artefact: ``project/name:v3``, and not ``model:vllm:...``."""
    return _VERSION.fullmatch(id) is not None


def is_fine(id: str) -> bool:
    """Whether a name is of the fine grain."""
    return split_claim(id) is not None or split_highlight(id) is not None


def edges_of(artefact: str, rest: Rest, documents: Mapping[str, str], people: Mapping[str, str]) -> tuple[Edge, ...]:
    """The edges that one rest of a claim stands for.

    ``documents`` gives the document of a digest, ``people`` the participant of a label. A claim has no edge to the run
    that made it: its personas have, and a claim would rest on all that the run used in place of its own words.
    """
    claim = name_of(artefact, rest.path)
    persona = name_of(artefact, rest.path.partition(".")[0])
    found = [Edge(claim, "member_of", persona), Edge(persona, "member_of", artefact)]
    who = people.get(rest.participant)
    if rest.document is None:
        return (*found, Edge(claim, "derived_from", who)) if who else tuple(found)
    document = documents.get(rest.document)
    if document is None:
        return tuple(found)
    words = highlight(document, rest.start, rest.end)
    found.append(Edge(claim, "quoted_from" if rest.verbatim else "derived_from", words))
    found.append(Edge(words, "part_of", document))
    if who:
        found.append(Edge(words, "associated_with", who))
    return tuple(found)
