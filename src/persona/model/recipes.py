"""Recipes: the frozen plan of a run, in which every name has become a digest."""

from __future__ import annotations

from typing import Any

import msgspec

from persona.model.canonical import Digest, digest_of_value

RECIPE_SCHEMA = "recipe/2"


class InputRef(msgspec.Struct, frozen=True):
    """One sealed document: its digest, its source's digest, and the labels of its participants."""

    document: Digest
    source: Digest
    people: dict[str, str]


class TemplateRef(msgspec.Struct, frozen=True):
    """A template by name, semantic version and content."""

    name: str
    version: str
    digest: Digest


class Parameters(msgspec.Struct, frozen=True):
    """What a person may turn: the settings of a run.

    ``count`` None lets the data choose. ``temperature`` 0 is the arg-max; above 0 choices are drawn from
    softmax(score / temperature) with ``seed``. ``items`` is the most claims of one field.
    For a language model: ``endpoint`` is the address that is asked (None: the provider's own), ``answer_mode`` says how
    it is asked for JSON (``model.calls.Mode``), ``max_tokens`` bounds one answer and ``context`` one request with it.
    """

    model: str = "extractive"
    count: int | None = None
    temperature: float = 0.0
    seed: int = 0
    max_tokens: int | None = None
    items: int = 4
    embedder: str = "offline-fast"
    novelty: float = 0.3
    endpoint: str | None = None
    answer_mode: str | None = None
    context: int | None = None


class Constraints(msgspec.Struct, frozen=True):
    """What a project demands of its personas (R-016, ``project.yaml``).

    ``age_range`` keeps participants whose stated age lies outside (bounds included) from the personas; those
    whose age is unknown stay and are counted. ``required_fields`` are paths such as ``goals`` or
    ``demographics.occupation``. ``require`` holds rules in the language of ``model.demands``, which are judged when the
    personas are made. ``other`` keeps what this version does not know.
    """

    age_range: tuple[int, int] | None = None
    required_fields: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    other: dict[str, Any] = {}


class Recipe(msgspec.Struct, frozen=True):
    """Everything that determines the personas of a run. Its digest is the run's identity, not its id or time.

    ``grouping`` names the sealed groups that a person made; None leaves them to the engine. ``withheld`` are the labels
    of those whose words count and are not shown; absent where all may be quoted. ``salt`` follows from those of the
    documents (``model.cards``), so that no label can be guessed from the digest; absent where these have none.
    """

    engine: str
    engine_version: str
    template: TemplateRef
    parameters: Parameters
    constraints: Constraints
    inputs: tuple[InputRef, ...]
    repeat: int = 0
    grouping: Digest | None = None
    withheld: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    salt: str | msgspec.UnsetType = msgspec.UNSET
    schema: str = RECIPE_SCHEMA

    @property
    def silent(self) -> frozenset[str]:
        """The labels of those who are not quoted."""
        return frozenset(self.withheld or ())

    def digest(self) -> Digest:
        """The content name of this recipe."""
        return digest_of_value(self)
