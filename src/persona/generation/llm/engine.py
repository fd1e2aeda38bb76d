"""The engine ``llm``: personas from documents with a language model that is never taken at its word.

A pure function over ``ask``: the same inputs, parameters, template, grouping and answers give the same set, byte for
byte, whether the answers come from a provider or from the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from persona.errors import ModelError
from persona.generation import wording
from persona.generation.corpus import Corpus, read_corpus
from persona.generation.demographics import demographics_of
from persona.generation.lately import Lately, named
from persona.generation.llm.checks import Tally
from persona.generation.llm.claiming import Group, Statement, claim, group_of
from persona.generation.llm.observing import Observations, Stated, observe
from persona.generation.llm.rounds import Outcome
from persona.generation.means import NOTHING, Means
from persona.generation.membership import Membership, membership
from persona.generation.pseudonyms import pseudonyms
from persona.generation.vectors import check_embedder, embed
from persona.model.canonical import canonical_json
from persona.model.personas import CLAIM_FIELDS, Absent, Claim, Distribution, Evidence, Persona, PersonaSet
from persona.model.recipes import Constraints, Parameters
from persona.model.sources import Input

ENGINE = "llm"
ENGINE_VERSION = "1.1.0"

Progress = Callable[[str, float], None]

_corpora = Lately[Corpus]()


def generate(
    inputs: Sequence[Input],
    parameters: Parameters,
    constraints: Constraints,
    provenance: dict[str, Any],
    progress: Progress | None = None,
    means: Means = NOTHING,
) -> PersonaSet:
    """Personas from documents and a model's answers. ``means`` must hold ``ask`` and the text of a template.

    Raises ``InvalidInput`` for inputs and templates as the extractive engine does, ``ModelError`` when the model gives
    nothing that can be used.
    """
    if means.ask is None:
        raise ModelError("this engine needs a model to ask", code="model-unavailable", place=parameters.model)
    say = progress or (lambda _stage, _share: None)
    check_embedder(parameters.embedder)
    corpus = _corpora.get((named(inputs), canonical_json(constraints)), lambda: read_corpus(inputs, constraints))
    tally = Tally()
    say("interviews", 0.05)
    seen = observe(corpus, inputs, parameters, means.template, means.ask, tally)
    say("groups", 0.6)
    found = membership(corpus, embed([one.text for one in corpus.sentences]), parameters, means.grouping, draws=False)
    groups = [
        group_of(f"persona-{number}", members, seen.observations)
        for number, members in enumerate(found.members, start=1)
    ]
    say("personas", 0.65)
    outcomes = claim(groups, parameters, means.template, means.ask, tally)
    names = pseudonyms(len(groups), corpus.people, parameters.seed if parameters.temperature > 0 else None)
    attributes = _with_stated(corpus, seen.stated)
    personas = tuple(
        _persona(group, name, outcome, corpus, found, attributes, seen, parameters, constraints)
        for group, name, outcome in zip(groups, names, outcomes, strict=True)
    )
    unsupported = sum(
        claim.status == "unsupported" for one in personas for path, claim in one.claims() if path != "name"
    )
    return PersonaSet(personas=personas, grouping=found.record, checks=tally.record(unsupported), provenance=provenance)


def _with_stated(corpus: Corpus, stated: Sequence[Stated]) -> dict[str, dict[str, str]]:
    """What is given about people, and what they said of themselves where nothing of the kind is given."""
    found = {label: dict(given) for label, given in corpus.attributes.items()}
    for one in stated:
        given = found.setdefault(one.participant, {})
        if not any(key.casefold() == one.attribute for key in given):
            given[one.attribute] = one.value
    return found


def _persona(
    group: Group,
    name: str,
    outcome: Outcome[Statement],
    corpus: Corpus,
    found: Membership,
    attributes: Mapping[str, Mapping[str, str]],
    seen: Observations,
    parameters: Parameters,
    constraints: Constraints,
) -> Persona:
    id, members, said = group.id, group.members, outcome.items
    demographics, missing = demographics_of(id, members, attributes)
    demographics = {key: _with_words(item, seen.stated) for key, item in demographics.items()}
    fields: dict[str, tuple[Claim, ...]] = {}
    for field in CLAIM_FIELDS:
        wanted = "quote" if field == "quotes" else field
        listed = [one for one in said if one.field == wanted]
        fields[field] = _claims(id, field, listed, len(members), parameters.items)
    missing |= {field: _absent(field, group, outcome, seen) for field, claims in fields.items() if not claims}
    for required in constraints.required_fields:
        head, _, key = required.partition(".")
        known = key in demographics if head == "demographics" else head in fields or head in ("name", "summary")
        if not known and required not in missing:
            missing[required] = Absent(
                "not_in_source", f"`{required}` is required, but the engine finds nothing for it"
            )
    about = [one for one in said if one.field == "summary"]
    return Persona(
        id=id,
        name=Claim(f"{id}.name", name, "unsupported", 0, len(members), (), "pseudonym"),
        summary=_claim(f"{id}.summary", about[0], len(members)) if about else None,
        demographics=demographics,
        members=tuple(members),
        anchor=_anchor(members, corpus, found),
        missing=missing,
        **{field: claims or None for field, claims in fields.items()},  # type: ignore[arg-type]  # the fields are CLAIM_FIELDS
    )


def _absent(field: str, group: Group, outcome: Outcome[Statement], seen: Observations) -> Absent:
    """Why a field holds nothing: what was said was refused, could not be read, or was not said."""
    of = len(group.members)
    wanted = "quote" if field == "quotes" else field
    if not outcome.read or (not group.lines and seen.unread.issuperset(group.members)):
        return Absent("unreadable", wording.empty_field("unreadable", field, of))
    if any(one.field == wanted for one in outcome.refused) or (not group.lines and seen.refused & set(group.members)):
        return Absent("refused", wording.empty_field("refused", field, of))
    return Absent("no_evidence", wording.empty_field("nothing_observed", field, of))


def _claims(id: str, field: str, said: Sequence[Statement], of: int, items: int) -> tuple[Claim, ...]:
    """Claims of one field, at most ``items``, those that more members carry first; one text stands once."""
    once = list({one.text: one for one in reversed(said) if one.text}.values())[::-1]
    ordered = sorted(once, key=lambda one: -len({span.participant for span in one.spans}))
    return tuple(_claim(f"{id}.{field}.{number}", one, of) for number, one in enumerate(ordered[:items], start=1))


def _claim(id: str, one: Statement, of: int) -> Claim:
    verbatim = one.field == "quote"
    return Claim(
        id=id,
        text=one.text,
        status="unsupported" if not one.spans else "observed" if verbatim else "inferred",
        support=len({span.participant for span in one.spans}),
        of=of,
        evidence=one.spans,
        method="quote" if verbatim else "model",
        verbatim=verbatim,
    )


def _with_words(item: Distribution, stated: Sequence[Stated]) -> Distribution:
    """A distribution with the words of those who stated its values in sentences."""
    spans: list[Evidence] = []
    for share in item.shares:
        for one in stated:
            if one.attribute == item.attribute and one.participant in share.participants:
                spans += one.spans
    if not spans:
        return item
    return msgspec.structs.replace(
        item, claim=msgspec.structs.replace(item.claim, evidence=tuple(dict.fromkeys(spans)))
    )


def _anchor(members: Sequence[str], corpus: Corpus, found: Membership) -> str:
    """The member nearest to the middle of the group by what they said."""
    rows = {label: found.rows[corpus.people.index(label)] for label in members}
    middle = sum(rows.values())
    return min(members, key=lambda label: (-round(float(rows[label] @ middle), 6), label))
