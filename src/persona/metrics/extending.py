"""Metrics that others bring: what such a metric is given, what it gives back, and what happens when it breaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from persona.errors import is_stop, said
from persona.metrics.definitions import ACROSS, PARTS, REGISTRY, Definition
from persona.metrics.themes import Theme
from persona.model.measures import Measure
from persona.model.personas import PersonaSet
from persona.model.sources import Input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST = 1 << 20
"""Bytes of the measure of a plugin: it is stored with every run and read whenever somebody looks at one."""

TAKEN = frozenset((*REGISTRY, *ACROSS, *PARTS))
"""The names of persona's own metrics and scores."""


class Material(NamedTuple):
    """What a metric may look at: a set of personas and what it was made from.

    ``inputs`` are the documents by digest. ``embed`` gives unit vectors of texts, shape (n, dimensions). ``themes``
    are what at least two participants talk about.
    """

    personas: PersonaSet
    inputs: Mapping[str, Input]
    embed: Callable[[Sequence[str]], NDArray[np.float64]]
    themes: Sequence[Theme]


class Metric(NamedTuple):
    """A metric as a plugin brings it: its definition, and a pure function that gives a measure by it."""

    definition: Definition
    compute: Callable[[Material], Measure]


class Plugin(NamedTuple):
    """A metric of a distribution (``persona-questions 1.0``), or why there is none: exactly one of the two is given."""

    name: str
    distribution: str
    metric: Metric | None
    broken: str | None = None


def measure_plugin(plugin: Plugin, material: Material) -> Measure:
    """The measure of a plugin. Whatever goes wrong is a measure of status ``failed`` that names the distribution."""
    metric = plugin.metric
    if metric is None:
        return _failed(plugin, f"{plugin.broken}")
    try:
        found = metric.compute(_copied(material))
        fault = _fault(metric.definition, found)
    except BaseException as error:
        if is_stop(error):
            raise
        return _failed(
            plugin, f"it raised {type(error).__name__}", said(error).removeprefix(f"{type(error).__name__}: ")
        )
    return found if fault is None else _failed(plugin, fault)


def _copied(material: Material) -> Material:
    """The same material for one plugin alone: what it changes is neither sealed nor measured by anybody else."""
    inputs = msgspec.json.decode(msgspec.json.encode(dict(material.inputs)), type=dict[str, Input])
    return Material(
        msgspec.json.decode(msgspec.json.encode(material.personas), type=PersonaSet),
        inputs,
        lambda texts: material.embed(texts).copy(),
        [Theme(one.terms, {label: list(places) for label, places in one.carriers.items()}) for one in material.themes],
    )


def _failed(plugin: Plugin, why: str, message: str = "") -> Measure:
    one = plugin.metric.definition if plugin.metric else Definition(plugin.name, "unknown", "none", (0, 0), "", "")
    details = {"reason": f"the plugin `{plugin.distribution}` failed: {why}", "message": message[:500]}
    return Measure(plugin.name, one.version, None, "failed", one.direction, one.span, 0, details)


def _fault(definition: Definition, found: object) -> str | None:
    """What is wrong with a plugin's answer; None for a measure as the definition says."""
    from persona.errors import PersonaError
    from persona.model.canonical import canonical_json

    if not isinstance(found, Measure):
        return f"it gave a {type(found).__name__} instead of a Measure"
    if (found.name, found.version, found.direction, tuple(found.span)) != definition[:4]:
        return "the name, version, direction or range of its measure is not that of its definition"
    if (found.status == "ok") != (found.value is not None):
        return f"its value is {found.value} and its status {found.status}"
    if found.value is not None and not (
        math.isfinite(found.value) and definition.span[0] <= found.value <= definition.span[1]
    ):
        return f"its value {found.value:g} lies outside {definition.span[0]:g} to {definition.span[1]:g}"
    try:
        written = canonical_json(found)
    except (PersonaError, TypeError, ValueError):
        return "its details cannot be written as JSON"
    if len(written) > LARGEST:
        return f"its measure takes {len(written):,} bytes, and {LARGEST:,} are kept"
    try:  # structs check nothing when they are made; what cannot be read back would hide the whole run
        msgspec.json.decode(written, type=Measure)
    except msgspec.MsgspecError as odd:
        return f"its measure is not made as it should be: {said(odd)}"
    return None if found.denominator >= 0 else f"its denominator is {found.denominator}"


def fault_of(name: str, metric: object) -> str | None:
    """Why something under a name cannot serve as a metric; None when it can."""
    if name in TAKEN:
        return f"the name `{name}` is taken by persona itself"
    if not isinstance(metric, Metric) or not isinstance(metric.definition, Definition) or not callable(metric.compute):
        return "its entry point is not a persona.metrics.Metric"
    one = metric.definition
    if one.name != name:
        return f"its entry point is called `{name}` and its definition `{one.name}`"
    if not name.isidentifier() or name.lower() != name:
        return f"`{name}` is no name in lower case, such as `question_share`"
    if one.direction not in ("up", "down", "none") or not one.version or not one.formula or not one.denominator:
        return "its definition lacks a version, a direction, a denominator or a formula"
    if not all(isinstance(text, str) for text in (one.version, one.denominator, one.formula)):
        return "its version, denominator and formula must be texts"
    if not _is_range(one.span):
        return "its range is not two finite numbers in order"
    return None


def _is_range(span: object) -> bool:
    if not isinstance(span, (tuple, list)) or [type(end) in (int, float) for end in span] != [True, True]:
        return False
    try:
        return all(map(math.isfinite, span)) and span[0] < span[1]
    except OverflowError:
        return False
