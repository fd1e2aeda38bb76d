"""The extractive engine: personas from documents, by pure functions, without any language model.

Faithfulness of its quotations is 1 by construction. That is a floor for engines that write, not a boast: what it
cannot do is understand. It groups by vocabulary, labels by a small head and cue words, and chooses; see ``facets``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from persona.generation import wording
from persona.generation.chance import Chooser
from persona.generation.corpus import Corpus, Sentence, read_corpus
from persona.generation.demographics import demographics_of
from persona.generation.facets import RULES, facets_of
from persona.generation.means import NOTHING, Means
from persona.generation.membership import Membership, membership
from persona.generation.pseudonyms import pseudonyms
from persona.generation.selection import Chosen, Pool, by_field, choose
from persona.generation.terms import distinctive
from persona.generation.themes import Theme, find_themes, share_of_theme, themes_of_group
from persona.generation.vectors import check_embedder, embed, unit
from persona.model.personas import CLAIM_FIELDS, Absent, Claim, Evidence, Persona, PersonaSet
from persona.model.recipes import Constraints, Parameters
from persona.model.sources import Input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENGINE = "extractive"
ENGINE_VERSION = "1.3.0"

Progress = Callable[[str, float], None]


def generate(
    inputs: Sequence[Input],
    parameters: Parameters,
    constraints: Constraints,
    provenance: dict[str, Any],
    progress: Progress | None = None,
    means: Means = NOTHING,
) -> PersonaSet:
    """Personas from documents. The same inputs, parameters and constraints give the same set, byte for byte.

    The order of inputs means nothing. At temperature 0 the seed means nothing either: every choice is the best one.
    Raises ``InvalidInput`` when there are no participants, or fewer than the personas asked for.
    """
    say = progress or _silent
    check_embedder(parameters.embedder)
    say("sentences", 0.0)
    corpus = read_corpus(inputs, constraints)
    say("vectors", 0.1)
    vectors = embed([one.text for one in corpus.sentences])
    say("groups", 0.5)
    found = membership(corpus, vectors, parameters, means.grouping)
    say("themes", 0.6)
    themes = find_themes(corpus.sentences, vectors)
    say("personas", 0.7)
    personas = _personas(corpus, vectors, found, themes, parameters, constraints, say)
    return PersonaSet(personas=tuple(personas), grouping=found.record, provenance=provenance)


def _silent(_stage: str, _share: float) -> None:
    """The progress of somebody who does not want to know."""


def _personas(
    corpus: Corpus,
    vectors: NDArray[np.float64],
    found: Membership,
    themes: Sequence[Theme],
    parameters: Parameters,
    constraints: Constraints,
    say: Progress,
) -> list[Persona]:
    import numpy as np

    owner, rows, groups, members, _ = found
    mean = vectors.mean(axis=0) if groups.k > 1 else np.zeros(vectors.shape[1])
    home = np.where(groups.stray, -1, groups.labels)  # who fits nowhere speaks for no persona
    spoken = [np.flatnonzero(home[owner] == one).tolist() for one in range(groups.k)]
    terms = distinctive(
        [[(corpus.sentences[i].participant, corpus.sentences[i].text) for i in part] for part in spoken]
    )
    seed = parameters.seed if parameters.temperature > 0 else None
    names = pseudonyms(groups.k, corpus.people, seed)
    facets = facets_of(corpus.sentences, vectors)
    shown: list[NDArray[np.float64]] = []
    personas = []
    for number, part in enumerate(spoken):
        say("personas", 0.7 + 0.3 * number / groups.k)
        centre = unit(vectors[part].mean(axis=0, keepdims=True) - mean)[0]
        pool = Pool(
            [corpus.sentences[i] for i in part],
            vectors[part],
            [facets[i] for i in part],
            np.round(centre, 6),
            share_of_theme(themes, len(corpus.sentences), members[number])[part],
        )
        chooser = Chooser(parameters.temperature, parameters.seed, f"persona-{number + 1} themes", 0.15)
        about = themes_of_group(
            themes, corpus.sentences, members[number], len(corpus.people), parameters.items, chooser
        )
        fit = {
            label: float(rows[corpus.people.index(label)] @ _middle(rows[home == number])) for label in members[number]
        }
        anchor = min(members[number], key=lambda label: (-round(fit[label], 6), label))
        personas.append(
            _persona(
                f"persona-{number + 1}",
                names[number],
                pool,
                members[number],
                anchor,
                terms[number],
                about,
                shown,
                corpus,
                parameters,
                constraints,
            )
        )
    return personas


def _middle(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    middle: NDArray[np.float64] = unit(rows.sum(axis=0, keepdims=True))[0]
    return middle


def _persona(
    id: str,
    name: str,
    pool: Pool,
    members: Sequence[str],
    anchor: str,
    terms: Sequence[str],
    themes: Sequence[Theme],
    shown: list[NDArray[np.float64]],
    corpus: Corpus,
    parameters: Parameters,
    constraints: Constraints,
) -> Persona:
    """One persona: every field filled with sentences of its members, or null with the reason."""
    taken: set[int] = set()
    candidates = by_field(pool.facets)
    chosen: dict[str, list[Chosen]] = {}
    for field in RULES:
        chooser = Chooser(parameters.temperature, parameters.seed, f"{id} {field}", 0.15)
        chosen[field] = choose(
            pool, candidates.get(field, []), len(members), parameters.items, parameters.novelty, chooser, taken, shown
        )
    chooser = Chooser(parameters.temperature, parameters.seed, f"{id} quotes", 0.15)
    chosen["quotes"] = choose(
        pool, range(len(pool.sentences)), len(members), parameters.items, parameters.novelty, chooser, taken, shown
    )
    found = {field: _claims(id, field, chosen[field], pool, len(members)) for field in CLAIM_FIELDS if field in chosen}
    found["themes"] = _themes(id, themes, corpus, len(members))
    demographics, missing = demographics_of(id, members, corpus.attributes)
    missing |= {
        field: Absent("no_evidence", wording.nothing_said(field, len(members)))
        for field, claims in found.items()
        if not claims
    }
    for required in constraints.required_fields:
        head, _, key = required.partition(".")
        known = key in demographics if head == "demographics" else head in found or head in ("name", "summary")
        if not known and required not in missing:
            missing[required] = Absent(
                "not_in_source", f"`{required}` is required, but the engine finds nothing for it"
            )
    return Persona(
        id=id,
        name=Claim(f"{id}.name", name, "unsupported", 0, len(members), (), "pseudonym"),
        summary=_summary(id, pool, members, terms, len(corpus.people)),
        demographics=demographics,
        members=tuple(members),
        anchor=anchor,
        missing=missing,
        **{field: claims or None for field, claims in found.items()},  # type: ignore[arg-type]  # the fields are CLAIM_FIELDS
    )


def _claims(id: str, field: str, chosen: Sequence[Chosen], pool: Pool, of: int) -> tuple[Claim, ...]:
    claims = []
    for number, item in enumerate(sorted(chosen, key=lambda item: -len(item.others))):
        evidence = tuple(_evidence(pool, index) for index in (item.sentence, *item.others))
        claims.append(
            Claim(
                id=f"{id}.{field}.{number + 1}",
                text=evidence[0].quote,
                status="observed",
                support=len({one.participant for one in evidence}),
                of=of,
                evidence=evidence,
                method="quote",
                verbatim=True,
            )
        )
    return tuple(claims)


def _themes(id: str, themes: Sequence[Theme], corpus: Corpus, of: int) -> tuple[Claim, ...]:
    return tuple(
        Claim(
            id=f"{id}.themes.{number}",
            text=wording.theme(theme.terms),
            status="inferred",
            support=len(theme.carriers),
            of=of,
            evidence=tuple(_words(corpus.sentences[found[0]]) for found in theme.carriers.values()),
            method="theme",
        )
        for number, theme in enumerate(themes, start=1)
    )


def _evidence(pool: Pool, index: int) -> Evidence:
    return _words(pool.sentences[index])


def _words(sentence: Sentence) -> Evidence:
    return Evidence(sentence.document, sentence.start, sentence.end, sentence.text, sentence.participant)


def _summary(id: str, pool: Pool, members: Sequence[str], terms: Sequence[str], everybody: int) -> Claim:
    """A sentence by template about what sets the group apart, resting on one sentence a term and member."""
    from persona.generation.terms import words_of

    evidence: dict[tuple[str, str], Evidence] = {}
    speakers: set[str] = set()
    for index, sentence in enumerate(pool.sentences):
        for word in set(words_of(sentence.text)) & set(terms[:3]):
            speakers.add(sentence.participant)
            evidence.setdefault((word, sentence.participant), _evidence(pool, index))
    ordered = [evidence[key] for key in sorted(evidence, key=lambda key: (terms.index(key[0]), key[1]))]
    return Claim(
        id=f"{id}.summary",
        text=wording.summary(len(members), everybody, terms[:3]),
        status="inferred",
        support=len(speakers),
        of=len(members),
        evidence=tuple(dict.fromkeys(ordered)),
        method="template",
    )
