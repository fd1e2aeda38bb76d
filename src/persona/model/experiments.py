"""The file that people write for an experiment: R-016's ``experiment.yaml``, and what a comparison needs beside it.

Everything beyond R-016 is optional: ``hypothesis``, ``baseline``, ``primary_metric``, ``alpha``, ``stopping``,
``repeats``, ``inputs``, ``matrix``, ``sweep`` and ``assert``. Keys that mean nothing here are kept.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from persona.errors import InvalidInput, did_you_mean
from persona.model.canonical import Digest, digest_of_value
from persona.model.designs import Sweep, Variant, number_of, points_of, read_matrix, read_sweep, unique, whole
from persona.model.parameters import check_parameters
from persona.model.reading import mapping, near_misses, read_tags, text_of
from persona.model.yamltext import load_yaml

RULES = ("fixed", "e-value")
DIRECTIONS = ("higher", "lower")
MOST_REPEATS = 10_000
ALL = "all"
"""The name of the set of inputs that holds every source of the project."""

KEYS = (
    "name", "description", "project", "created", "hypothesis", "baseline", "primary_metric", "alpha", "stopping",
    "repeats", "inputs", "variants", "matrix", "sweep", "assert", "evaluation", "tags",
)  # fmt: skip


class Primary(msgspec.Struct, frozen=True):
    """The one metric that decides. ``direction`` None takes the metric's own.

    ``smallest_effect`` is the least difference of means that anybody would act on, in units of the metric; None leaves
    "equivalent" out of the verdicts.
    """

    name: str
    direction: Literal["higher", "lower"] | None = None
    smallest_effect: float | None = None


class Stopping(msgspec.Struct, frozen=True):
    """When an experiment ends: after its ``repeats`` (``fixed``), or as soon as the e-value decides.

    With ``e-value`` a look is taken after every pair from ``min_pairs`` on, and ``max_pairs`` is the end in any case.
    """

    rule: Literal["fixed", "e-value"] = "fixed"
    min_pairs: int = 3
    max_pairs: int = 40


class InputSet(msgspec.Struct, frozen=True):
    """Some sources under a name; no ``sources`` means all of the project."""

    name: str
    sources: tuple[str, ...] = ()


class ExperimentFile(msgspec.Struct, frozen=True):
    """What an ``experiment.yaml`` says. ``variants`` are all of them: written out, of the matrix, and of a sweep
    whose points are known before (``grid``, ``random``).
    """

    name: str
    variants: tuple[Variant, ...]
    description: str = ""
    project: str = ""
    created: str = ""
    hypothesis: str = ""
    baseline: str | None = None
    primary: Primary | None = None
    alpha: float = 0.05
    stopping: Stopping = Stopping()
    repeats: int = 1
    inputs: tuple[InputSet, ...] = (InputSet(ALL),)
    sweep: Sweep | None = None
    asserts: tuple[str, ...] = ()
    evaluation: dict[str, Any] = {}
    tags: dict[str, str] = {}
    extra: dict[str, Any] = {}
    notes: tuple[str, ...] = ()

    def registration(self) -> Digest | None:
        """The name of what must be said before the first run; None where no primary metric is named."""
        if self.primary is None:
            return None
        told = (self.hypothesis, self.baseline, self.primary, self.alpha, self.stopping)
        return digest_of_value(told)


def read_experiment(text: str, place: str, *, name: str = "") -> ExperimentFile:
    """Read an ``experiment.yaml``, or a bare list of variants when ``name`` is given.

    Raises ``InvalidInput`` that names the variant and the key.
    """
    value = load_yaml(text, place)
    raw = {"variants": value} if isinstance(value, list) else mapping(value, place, "experiment.yaml")
    notes = near_misses(raw, KEYS, place)
    name = name or text_of(raw, "name", place)
    if not name:
        raise InvalidInput(
            "the experiment has no `name`",
            code="experiment-file",
            place=place,
            hints=[
                "write one into the file: `name: temp-test`",
                f"or give it: `persona experiment create --name temp-test --variants {shlex.quote(place)}`",
            ],
        )
    sweep = read_sweep(raw["sweep"], f"{place}, sweep") if raw.get("sweep") is not None else None
    variants = _all_variants(raw, place, sweep, notes)
    baseline = text_of(raw, "baseline", place) or None
    if baseline is not None and baseline not in {one.name for one in variants}:
        near = did_you_mean(baseline, [one.name for one in variants])
        raise InvalidInput(
            f"the baseline `{baseline}` is no variant",
            code="experiment-file",
            place=f"{place}, baseline",
            hints=[f"did you mean `{near}`?" if near else f"variants: {', '.join(one.name for one in variants[:20])}"],
        )
    evaluation = mapping(raw.get("evaluation"), place, "evaluation")
    primary = _primary(raw.get("primary_metric"), f"{place}, primary_metric")
    stopping = _stopping(raw.get("stopping"), f"{place}, stopping")
    if sweep is not None and sweep.method == "tpe":
        _check_search(primary, stopping, place)
    return ExperimentFile(
        name=name,
        variants=variants,
        description=text_of(raw, "description", place),
        project=text_of(raw, "project", place),
        created=text_of(raw, "created", place),
        hypothesis=text_of(raw, "hypothesis", place),
        baseline=baseline,
        primary=primary,
        alpha=_alpha(raw.get("alpha"), f"{place}, alpha"),
        stopping=stopping,
        repeats=_repeats(raw.get("repeats"), f"{place}, repeats"),
        inputs=_inputs(raw.get("inputs"), f"{place}, inputs"),
        sweep=sweep,
        asserts=_texts(raw.get("assert"), f"{place}, assert"),
        evaluation=evaluation,
        tags=read_tags(raw.get("tags"), f"{place}, tags"),
        extra={key: value for key, value in raw.items() if key not in KEYS},
        notes=tuple(notes),
    )


def _all_variants(raw: Mapping[str, Any], place: str, sweep: Sweep | None, notes: list[str]) -> tuple[Variant, ...]:
    found: list[Variant] = []
    listed = raw.get("variants")
    if listed is not None and (not isinstance(listed, list) or not listed):
        raise InvalidInput(
            "the experiment has no `variants`",
            code="experiment-file",
            place=f"{place}, variants",
            hints=["list them: `variants: [{name: warm, parameters: {temperature: 0.7}}]`"],
        )
    for index, item in enumerate(listed or ()):
        where = f"{place}, variants[{index}]"
        entry = mapping(item, where, "a variant")
        variant = text_of(entry, "name", where)
        if not variant:
            raise InvalidInput(
                "a variant has no `name`",
                code="experiment-file",
                place=where,
                hints=["for example: `{name: warm, parameters: {temperature: 0.7}}`"],
            )
        notes += near_misses(entry, ("name", "parameters"), where)
        given = mapping(entry.get("parameters"), where, "parameters")
        found.append(
            Variant(
                name=variant,
                parameters=check_parameters(given, f"{where}, parameters"),
                extra={key: value for key, value in entry.items() if key not in ("name", "parameters")},
            )
        )
    if raw.get("matrix") is not None:
        found += read_matrix(raw["matrix"], f"{place}, matrix")
    if sweep is not None:
        found += points_of(sweep, 0)
    if not found and sweep is None:
        raise InvalidInput(
            "the experiment has no `variants`",
            code="experiment-file",
            place=f"{place}, variants",
            hints=["list them, or give a `matrix` or a `sweep`"],
        )
    return unique(found, f"{place}, variants")


def _check_search(primary: Primary | None, stopping: Stopping, place: str) -> None:
    """A search needs something to search for, and all of its points."""
    if primary is None:
        raise InvalidInput(
            "a sweep by `tpe` looks for the best points, and no `primary_metric` says of what",
            code="experiment-sweep",
            place=f"{place}, primary_metric",
            hints=["name one: `primary_metric: {name: faithfulness}`"],
        )
    if stopping.rule != "fixed":
        raise InvalidInput(
            "a stopping rule compares variants that are known before, and a sweep by `tpe` makes them as it goes",
            code="experiment-sweep",
            place=f"{place}, stopping",
            hints=["leave `stopping` out, and compare the best points in an experiment of their own"],
        )


def _primary(value: Any, place: str) -> Primary | None:
    if value is None:
        return None
    raw = {"name": value} if isinstance(value, str) else mapping(value, place, "primary_metric")
    name = text_of(raw, "name", place)
    direction: Any = raw.get("direction")
    if not name:
        raise InvalidInput(
            "the primary metric has no `name`",
            code="experiment-file",
            place=place,
            hints=["name one: `primary_metric: {name: faithfulness}`; see them: `persona metrics list`"],
        )
    if direction is not None and direction not in DIRECTIONS:
        raise InvalidInput(
            f"the direction is `{direction}`, but must be one of: {', '.join(DIRECTIONS)}",
            code="experiment-file",
            place=f"{place}.direction",
            hints=["leave it out for the metric's own: `persona metrics list`"],
        )
    effect = number_of(raw.get("smallest_effect"), f"{place}.smallest_effect")
    _refuse_unknown(raw, ("name", "direction", "smallest_effect"), place)
    return Primary(name, direction, effect)


def _alpha(value: Any, place: str) -> float:
    alpha = number_of(value, place)
    if alpha is None:
        return 0.05
    if not 0 < alpha <= 0.5:
        raise InvalidInput(f"it is {value!r}, but must be above 0 and at most 0.5", code="experiment-file", place=place)
    return alpha


def _stopping(value: Any, place: str) -> Stopping:
    if value is None:
        return Stopping()
    raw = {"rule": value} if isinstance(value, str) else mapping(value, place, "stopping")
    rule: Any = raw.get("rule", "e-value")
    if rule not in RULES:
        raise InvalidInput(
            f"the rule is `{rule}`, but must be one of: {', '.join(RULES)}",
            code="experiment-file",
            place=f"{place}.rule",
            hints=["for example: `stopping: {rule: e-value, min_pairs: 3, max_pairs: 40}`"],
        )
    _refuse_unknown(raw, ("rule", "min_pairs", "max_pairs"), place)
    least = whole(raw.get("min_pairs"), f"{place}.min_pairs", least=3) or Stopping().min_pairs
    most = whole(raw.get("max_pairs"), f"{place}.max_pairs", least=least) or max(Stopping().max_pairs, least)
    return Stopping(rule, least, most)


def _repeats(value: Any, place: str) -> int:
    count = whole(value, place, least=1) or 1
    if count > MOST_REPEATS:
        raise InvalidInput(f"the most repeats are {MOST_REPEATS:,}", code="experiment-file", place=place)
    return count


def _inputs(value: Any, place: str) -> tuple[InputSet, ...]:
    if value is None:
        return (InputSet(ALL),)
    if not isinstance(value, list) or not value:
        raise InvalidInput(
            "`inputs` must be a list of named sets of sources",
            code="experiment-file",
            place=place,
            hints=["for example: `inputs: [{name: students, sources: [a.txt, b.txt]}]`"],
        )
    found: list[InputSet] = []
    for index, item in enumerate(value):
        where = f"{place}[{index}]"
        raw = {"name": item} if isinstance(item, str) else mapping(item, where, "a set of inputs")
        name = text_of(raw, "name", where)
        if not name:
            raise InvalidInput(
                "a set of inputs has no `name`",
                code="experiment-file",
                place=where,
                hints=["for example: `{name: students, sources: [a.txt, b.txt]}`"],
            )
        if any(name == one.name for one in found):
            raise InvalidInput(
                f"the set of inputs `{name}` stands twice",
                code="experiment-file",
                place=where,
                hints=["give each a name of its own, or put the `sources` of both under one"],
            )
        _refuse_unknown(raw, ("name", "sources"), where)
        sources = _texts(raw.get("sources"), f"{where}.sources")
        if not sources and name != ALL:
            raise InvalidInput(
                f"the set of inputs `{name}` names no `sources`",
                code="experiment-file",
                place=where,
                hints=[f"list them, or call it `{ALL}` for every source of the project"],
            )
        found.append(InputSet(name, sources))
    return tuple(found)


def _texts(value: Any, place: str) -> tuple[str, ...]:
    if value is None:
        return ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
        raise InvalidInput("it must be a list of texts", code="experiment-file", place=place)
    return tuple(listed)


def _refuse_unknown(raw: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    """A key of the design that is not known would be a promise that nobody keeps."""
    for key in raw:
        if key not in known:
            near = did_you_mean(str(key), known)
            raise InvalidInput(
                f"`{key}` means nothing here",
                code="experiment-file",
                place=place,
                hints=[f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"],
            )
