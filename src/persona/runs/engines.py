"""Which engine does the work that a model's name asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from persona.errors import ModelError, NotFound, did_you_mean
from persona.generation.means import NOTHING, Means
from persona.llm.providers import find_model, nearest
from persona.model.personas import PersonaSet
from persona.model.recipes import Constraints, Parameters, TemplateRef
from persona.model.sources import Input

Own = Callable[[str], bytes | None]
"""The text of a template that people wrote, by its name; None where they wrote none of that name."""


def no_own(_name: str) -> bytes | None:
    """Nobody wrote templates."""
    return None


class Generate(Protocol):
    """What every engine is: a pure function from inputs to personas."""

    def __call__(
        self,
        inputs: Sequence[Input],
        parameters: Parameters,
        constraints: Constraints,
        provenance: dict[str, Any],
        progress: Callable[[str, float], None] | None = None,
        means: Means = NOTHING,
    ) -> PersonaSet:
        """Make personas; the same arguments, and the same answers of ``means.ask``, give the same set."""
        ...


class Engine(NamedTuple):
    """An engine by name and version, with the templates it comes with (name: version and text).

    ``asks`` says that it asks a language model, and ``check_template`` gives the version of a template that people
    wrote for it, or raises ``InvalidInput``; None where people can write none.
    """

    name: str
    version: str
    generate: Generate
    templates: dict[str, tuple[str, bytes]]
    asks: bool = False
    check_template: Callable[[str, str], str] | None = None


def extractive() -> Engine:
    """The engine that never calls a language model."""
    from persona import generation

    name, version, text = generation.TEMPLATE
    return Engine(generation.ENGINE, generation.ENGINE_VERSION, generation.generate, {name: (version, text)})


def llm() -> Engine:
    """The engine that asks a language model and copies the words itself."""
    from persona.generation import llm as engine

    name, version, text = engine.built_in()
    return Engine(
        engine.ENGINE, engine.ENGINE_VERSION, engine.generate, {name: (version, text)}, True, engine.check_template
    )


ENGINES: dict[str, Callable[[], Engine]] = {"extractive": extractive}
"""Engines by the model name that asks for them; loaded only when asked for."""


def engine_for(model: str, place: str) -> Engine:
    """The engine for a model: persona's own, else that of a plugin; ``place`` says who asked.

    Raises ``ModelError`` when neither can call it, or when the plugin that should is broken.
    """
    if model in ENGINES:
        return ENGINES[model]()
    if find_model(model):
        return llm()
    from persona.runs import plugins

    added = plugins.engine(model, place, Engine, (*ENGINES, "llm"))
    if added is not None:
        return added
    near = did_you_mean(model, (*ENGINES, *plugins.engine_names())) or nearest(model)
    hints = [f"did you mean `{near}`?"] if near else []
    hints.append("name the provider and the model: `--model openai:gpt-4o-mini`; see `persona model list`")
    hints.append("or use the engine that needs no model: `--model extractive`")
    raise ModelError(
        f"nothing here can call the model `{model}`",
        code="model-unavailable",
        place=place,
        hints=hints,
    )


def template_for(engine: Engine, name: str, place: str, own: Own = no_own) -> tuple[TemplateRef, bytes]:
    """A template: one that people wrote (``own`` gives its text by name), else one that comes with the engine.

    Raises ``NotFound``, and ``InvalidInput`` for a template that is not fit; ``place`` says who asked.
    """
    from persona.model.canonical import digest_of

    text = own(name) if engine.check_template else None
    if text is not None and engine.check_template:
        version = engine.check_template(text.decode("utf-8", "replace"), f"templates/{name}.jinja")
        return TemplateRef(name, version, digest_of(text)), text
    if name in engine.templates:
        version, text = engine.templates[name]
        return TemplateRef(name, version, digest_of(text)), text
    raise NotFound(
        f"the engine `{engine.name}` has no template `{name}`",
        code="template-not-found",
        place=place,
        hints=[f"use one it has: `--template {next(iter(engine.templates))}`"],
    )
