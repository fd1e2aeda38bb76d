"""Which engine does the work that a model's name asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from persona.errors import ModelError, NotFound, did_you_mean
from persona.model.personas import PersonaSet
from persona.model.recipes import Constraints, Parameters, TemplateRef
from persona.model.sources import Input


class Generate(Protocol):
    """What every engine is: a pure function from inputs to personas."""

    def __call__(
        self,
        inputs: Sequence[Input],
        parameters: Parameters,
        constraints: Constraints,
        provenance: dict[str, Any],
        progress: Callable[[str, float], None] | None = None,
    ) -> PersonaSet:
        """Make personas; the same arguments give the same set."""
        ...


class Engine(NamedTuple):
    """An engine by name and version, with the templates it words personas by (name: version and text)."""

    name: str
    version: str
    generate: Generate
    templates: dict[str, tuple[str, bytes]]


def extractive() -> Engine:
    """The engine that never calls a language model."""
    from persona import generation

    name, version, text = generation.TEMPLATE
    return Engine(generation.ENGINE, generation.ENGINE_VERSION, generation.generate, {name: (version, text)})


ENGINES: dict[str, Callable[[], Engine]] = {"extractive": extractive}
"""Engines by the model name that asks for them; loaded only when asked for."""


def engine_for(model: str, place: str) -> Engine:
    """The engine for a model. Raises ``ModelError`` when this release cannot call it; ``place`` says who asked."""
    if model in ENGINES:
        return ENGINES[model]()
    near = did_you_mean(model, ENGINES)
    hints = [f"did you mean `{near}`?"] if near else []
    hints.append("use the engine that needs no model: `--model extractive`")
    raise ModelError(
        f"no engine of this release can call the model `{model}`",
        code="model-unavailable",
        place=place,
        hints=hints,
    )


def template_for(engine: Engine, name: str, place: str) -> tuple[TemplateRef, bytes]:
    """A template of an engine. Raises ``NotFound``; ``place`` says who asked."""
    from persona.model.canonical import digest_of

    if name in engine.templates:
        version, text = engine.templates[name]
        return TemplateRef(name, version, digest_of(text)), text
    raise NotFound(
        f"the engine `{engine.name}` has no template `{name}`",
        code="template-not-found",
        place=place,
        hints=[f"use one it has: `--template {next(iter(engine.templates))}`"],
    )
