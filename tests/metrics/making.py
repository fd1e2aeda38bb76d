"""Small interviews and personas put together by hand, with vectors whose cosines can be worked out on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from persona.metrics import Place, Theme, measure
from persona.model.canonical import canonical_json, digest_of
from persona.model.measures import Measure
from persona.model.personas import Claim, Distribution, Evidence, Grouping, Persona, PersonaSet, Share
from persona.model.schema import persona_set_schema
from persona.model.sources import Input
from persona.sources import read

VOCABULARY = 4096


def embed(texts: Sequence[str]) -> NDArray[np.float64]:
    """Unit vectors that count words, one axis a word: the cosine of two texts is that of their word counts."""
    rows = np.zeros((len(texts), VOCABULARY))
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split():
            row[_axis(word)] += 1
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


_AXES: dict[str, int] = {}


def _axis(word: str) -> int:
    return _AXES.setdefault(word.strip(".,?!"), len(_AXES))


def interview(who: str, *answers: str, **attributes: str) -> Input:
    """An interview as a run reads it: each answer is a turn of ``who`` after a question."""
    front = "".join(f"{key}: {value}\n" for key, value in attributes.items())
    turns = "".join(f"**Interviewer**\n\nAnd then?\n\n**{who}**\n\n{answer}\n\n" for answer in answers)
    text = f"---\nparticipant: {who}\n{front}---\n\n{turns}"
    (document,) = read(text.encode(), f"{who}.md").documents
    return Input(digest_of(canonical_json(document)), document, {card.key: who for card in document.participants})


def words(item: Input, quote: str, /, **changes: Any) -> Evidence:
    """A span of an interview, found by its words."""
    start = item.document.text.index(quote)
    (who,) = set(item.people.values())
    found = {"document": item.digest, "start": start, "end": start + len(quote), "quote": quote, "participant": who}
    return Evidence(**{**found, **changes})


def quoted(*evidence: Evidence, text: str | None = None, of: int = 1) -> Claim:
    """A claim: the first of its spans word for word, or a text of its own that rests on them."""
    shown = evidence[0].quote if text is None else text
    support = len({one.participant for one in evidence})
    status = "observed" if text is None else "inferred"
    return Claim(f"c-{shown}", shown, status, support, of, tuple(evidence), "quote" if text is None else "theme", text is None)  # fmt: skip


def counted(attribute: str, of: int, **shares: Sequence[str]) -> Distribution:
    """An attribute of members: its values with the people who have them."""
    known = sum(len(people) for people in shares.values())
    claim = Claim(f"d-{attribute}", f"{attribute}: stated by {known}", "inferred", known, of, (), "distribution")
    values = tuple(Share(value, len(people), tuple(people)) for value, people in shares.items())
    return Distribution(attribute, values, known, of, claim)


def one_persona(id: str, members: Sequence[str], **fields: Any) -> Persona:
    """A persona with the fields given and all others null."""
    name = Claim(f"{id}-name", "Robin", "unsupported", 0, len(members), (), "pseudonym")
    empty: dict[str, Any] = dict.fromkeys(
        ("summary", "goals", "pain_points", "behaviours", "needs", "motivations", "context", "tools", "quotes")
    )
    return Persona(
        id=id, name=name, members=tuple(members), anchor=members[0], missing={},
        **{"demographics": {}, **empty, **fields},
    )  # fmt: skip


def persona_set(*personas: Persona, excluded: Sequence[str] = ()) -> PersonaSet:
    """Personas as one set."""
    groups = tuple(one.members for one in personas)
    told = dict.fromkeys(excluded, "said almost nothing")
    return PersonaSet(personas, Grouping(len(personas), "count", None, None, True, "", groups, (), told), {})


def measured(personas: PersonaSet, *inputs: Input, **known: Any) -> dict[str, Measure]:
    """Every measure by name."""
    return {one.name: one for one in measure(personas, inputs, embed, persona_set_schema(), **known)}


def theme(terms: str, *places: Evidence) -> Theme:
    """A theme carried by the sentences of some spans."""
    carriers: dict[str, list[Place]] = {}
    for one in places:
        carriers.setdefault(one.participant, []).append(Place(one.document, one.start, one.end))
    return Theme(tuple(terms.split()), carriers)
