"""Layered settings that know where each value came from.

The layers, first wins: flag, environment (``PERSONA_*``), project (``project.yaml``, ``defaults``),
workspace (``persona.yaml`` and the choice made by ``persona project use``), user
(``~/.config/persona/config.yaml``), default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from persona.errors import InvalidInput, did_you_mean

Layer = Literal["flag", "environment", "project", "workspace", "user", "default"]
LAYERS: tuple[Layer, ...] = ("flag", "environment", "project", "workspace", "user", "default")

WORKSPACE_FILE = "persona.yaml"


class Known(NamedTuple):
    """A setting: its default, the command-line flag, and what it means."""

    default: Any
    flag: str
    meaning: str
    parameter: bool


SETTINGS: dict[str, Known] = {
    "project": Known(None, "--project", "the project that commands work on", False),
    "experiment": Known(None, "NAME", "the experiment that commands work on", False),
    "user": Known(None, "", "who is recorded as having done it", False),
    "record_git": Known(True, "", "whether runs record the commit and the changes of the git work tree", False),
    "openlineage": Known(None, "", "a file or URL that is told of each run as it begins and ends (OpenLineage)", False),
    "model": Known("extractive", "--model", "the engine or language model", True),
    "template": Known("default", "--template", "the template that words the personas", True),
    "count": Known(None, "--count", "how many personas; null lets the data choose", True),
    "temperature": Known(0.0, "--temperature", "0 takes the best of each choice, above 0 draws", True),
    "seed": Known(0, "--seed", "the root of every random choice", True),
    "max_tokens": Known(None, "--max-tokens", "the most a model may write in one answer", True),
    "items": Known(4, "--items", "the most claims of one field of a persona", True),
    "embedder": Known("offline-fast", "--embedder", "the sentence vectors used for grouping", True),
    "novelty": Known(0.3, "--novelty", "how much a chosen sentence should differ from those before", True),
    "endpoint": Known(None, "--endpoint", "the address of the model server; null asks the provider's own", True),
    "answer_mode": Known(None, "--answer-mode", "how a model is asked for JSON: native, tool, prompted or auto", True),
    "context": Known(
        None, "--context", "the most tokens of one request to a model, answer included; null is 16000", True
    ),
    "jobs": Known(4, "--jobs", "how many calls are under way at once", False),
    "deadline": Known(300.0, "--deadline", "the seconds one call may take, waits and retries included", False),
    "max_cost": Known(None, "--max-cost", "the US dollars a run may spend, estimated; it stops before", False),
    "max_total_tokens": Known(None, "--max-total-tokens", "the tokens a run may use; it stops before", False),
}


LIMITS = ("jobs", "deadline", "max_cost", "max_total_tokens")
"""Settings that bound how models are asked. They do not determine the personas, so they are no part of a recipe."""


class Setting(NamedTuple):
    """A resolved setting: the value, the layer that won, where it stands, and what it beat."""

    name: str
    value: Any
    layer: Layer
    place: str
    beaten: tuple[tuple[Layer, str, Any], ...]


class LayerValues(NamedTuple):
    """The values of one layer and the place they stand in."""

    layer: Layer
    place: str
    values: Mapping[str, Any]


def user_file() -> Path:
    """The settings file of the person, in ``$XDG_CONFIG_HOME/persona`` or ``~/.config/persona``."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "persona" / "config.yaml"


def environment_layer(environ: Mapping[str, str] | None = None) -> LayerValues:
    """The settings given as ``PERSONA_NAME`` variables."""
    environ = os.environ if environ is None else environ
    found = {name: environ[f"PERSONA_{name.upper()}"] for name in SETTINGS if environ.get(f"PERSONA_{name.upper()}")}
    return LayerValues("environment", "environment variables", found)


def file_layer(layer: Layer, path: Path) -> LayerValues:
    """The settings of one YAML file; none when it does not exist.

    Raises ``InvalidInput`` for a key that is no setting, with the nearest one as a hint.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return LayerValues(layer, str(path), {})
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"the settings file cannot be read: {error}", code="settings-file", place=str(path)
        ) from None
    from persona.model.yamltext import load_yaml

    values = load_yaml(text, str(path))
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise InvalidInput("the settings file must be a mapping", code="settings-file", place=str(path))
    for key in values:
        if key not in SETTINGS:
            near = did_you_mean(key, SETTINGS)
            hint = f"did you mean `{near}`?" if near else "see them all: `persona config show`"
            raise InvalidInput(f"`{key}` is not a setting", code="unknown-setting", place=str(path), hints=[hint])
    return LayerValues(layer, str(path), values)


def resolve(name: str, layers: list[LayerValues]) -> Setting:
    """The winning value of one setting over layers in any order; typed and checked.

    Raises ``InvalidInput`` naming the layer and place of a value that cannot be accepted.
    """
    known = SETTINGS[name]
    stack: list[tuple[Layer, str, Any]] = []
    for one in sorted(layers, key=lambda given: LAYERS.index(given.layer)):
        value = one.values.get(name)
        if value is None:
            continue
        place = f"PERSONA_{name.upper()}" if one.layer == "environment" else one.place
        if known.parameter or name in LIMITS:
            from persona.model.parameters import check_parameter

            value = check_parameter(name, value, place)
        stack.append((one.layer, place, value))
    stack.append(("default", "built in", known.default))
    layer, place, value = stack[0]
    return Setting(name, value, layer, place, tuple(stack[1:]))
