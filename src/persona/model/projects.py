"""The files that people write: ``project.yaml`` and ``experiment.yaml`` of R-016.

Reading never drops anything: keys this version does not know are kept in ``extra``, and a key that
looks like a mistyped known one is named in ``notes``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from persona.errors import InvalidInput, did_you_mean
from persona.model.recipes import Constraints
from persona.model.yamltext import load_yaml

PROJECT_KEYS = ("name", "description", "created", "status", "defaults", "constraints", "tags")
EXPERIMENT_KEYS = ("name", "description", "project", "created", "variants", "evaluation", "tags")
CONSTRAINT_KEYS = ("age_range", "required_fields", "require")
STATUSES = ("active", "archived")

PARAMETER_RULES: dict[str, tuple[type, float | None, float | None, str]] = {
    "model": (str, None, None, "the engine or language model"),
    "template": (str, None, None, "the template that words the personas"),
    "count": (int, 1, 1000, "how many personas; left out, the data choose"),
    "temperature": (float, 0, 100, "0 takes the best of each choice, above 0 draws"),
    "seed": (int, 0, 2**53 - 1, "the root of every random choice"),
    "max_tokens": (int, 1, 2**31, "the most a model may write; the extractive engine writes no tokens"),
    "items": (int, 1, 50, "the most claims of one field"),
    "embedder": (str, None, None, "the sentence vectors used for grouping"),
    "novelty": (float, 0, 1, "how much a chosen sentence should differ from those chosen before"),
    "endpoint": (str, None, None, "the address of the model server; left out, the provider's own"),
    "answer_mode": (str, None, None, "how a model is asked for JSON: auto, native, tool or prompted"),
    "context": (int, 500, 10_000_000, "the most tokens of one request to a model, answer included"),
}
"""Every parameter of a run: type, least and largest value, meaning."""

LIMIT_RULES: dict[str, tuple[type, float | None, float | None, str]] = {
    "jobs": (int, 1, 256, "how many calls are under way at once"),
    "deadline": (float, 1, 86400, "the seconds one call may take, waits and retries included"),
    "max_cost": (float, 0, 1_000_000, "the US dollars a run may spend, estimated"),
    "max_total_tokens": (int, 0, 2**53 - 1, "the tokens a run may use"),
}
"""Every limit of how models are asked, in the same form."""

CHOICES = {"answer_mode": ("auto", "native", "tool", "prompted")}
"""Parameters that are one word of a list."""


class ProjectFile(msgspec.Struct, frozen=True):
    """What a ``project.yaml`` says."""

    name: str
    description: str = ""
    created: str = ""
    status: str = "active"
    defaults: dict[str, Any] = {}
    constraints: Constraints = Constraints()
    tags: dict[str, str] = {}
    extra: dict[str, Any] = {}
    notes: tuple[str, ...] = ()


class VariantFile(msgspec.Struct, frozen=True):
    """One variant of an experiment: a name and the parameters that differ."""

    name: str
    parameters: dict[str, Any] = {}
    extra: dict[str, Any] = {}


class ExperimentFile(msgspec.Struct, frozen=True):
    """What an ``experiment.yaml`` says."""

    name: str
    variants: tuple[VariantFile, ...]
    description: str = ""
    project: str = ""
    created: str = ""
    evaluation: dict[str, Any] = {}
    tags: dict[str, str] = {}
    extra: dict[str, Any] = {}
    notes: tuple[str, ...] = ()


def read_project(text: str, place: str) -> ProjectFile:
    """Read a ``project.yaml``. Raises ``InvalidInput`` that names the key and what it should hold."""
    raw = _mapping(load_yaml(text, place), place, "project.yaml")
    notes = _near_misses(raw, PROJECT_KEYS, place)
    defaults = check_parameters(_mapping(raw.get("defaults"), place, "defaults"), f"{place}, defaults")
    limits = _mapping(raw.get("constraints"), place, "constraints")
    notes += _near_misses(limits, CONSTRAINT_KEYS, f"{place}, constraints")
    status = _text(raw, "status", place) or "active"
    if status not in STATUSES:
        raise InvalidInput(
            f"the status is `{status}`, but must be one of: {', '.join(STATUSES)}",
            code="project-file",
            place=f"{place}, status",
        )
    name = _text(raw, "name", place)
    if not name:
        raise InvalidInput("the project has no `name`", code="project-file", place=place)
    return ProjectFile(
        name=name,
        description=_text(raw, "description", place),
        created=_text(raw, "created", place),
        status=status,
        defaults=defaults,
        constraints=_constraints(limits, f"{place}, constraints"),
        tags=read_tags(raw.get("tags"), f"{place}, tags"),
        extra={key: value for key, value in raw.items() if key not in PROJECT_KEYS},
        notes=tuple(notes),
    )


def read_experiment(text: str, place: str, *, name: str = "") -> ExperimentFile:
    """Read an ``experiment.yaml``, or a bare list of variants when ``name`` is given.

    Raises ``InvalidInput`` that names the variant and the key.
    """
    value = load_yaml(text, place)
    raw = {"variants": value} if isinstance(value, list) else _mapping(value, place, "experiment.yaml")
    notes = _near_misses(raw, EXPERIMENT_KEYS, place)
    name = name or _text(raw, "name", place)
    if not name:
        raise InvalidInput(
            "the experiment has no `name`",
            code="experiment-file",
            place=place,
            hints=["give it on the command line: `persona experiment create --name temp-test --variants FILE`"],
        )
    listed = raw.get("variants")
    if not isinstance(listed, list) or not listed:
        raise InvalidInput("the experiment has no `variants`", code="experiment-file", place=f"{place}, variants")
    variants: list[VariantFile] = []
    for index, item in enumerate(listed):
        where = f"{place}, variants[{index}]"
        entry = _mapping(item, where, "a variant")
        variant = _text(entry, "name", where)
        if not variant:
            raise InvalidInput("a variant has no `name`", code="experiment-file", place=where)
        if any(variant == other.name for other in variants):
            raise InvalidInput(f"the variant `{variant}` stands twice", code="experiment-file", place=where)
        notes += _near_misses(entry, ("name", "parameters"), where)
        variants.append(
            VariantFile(
                name=variant,
                parameters=check_parameters(
                    _mapping(entry.get("parameters"), where, "parameters"), f"{where}, parameters"
                ),
                extra={key: value for key, value in entry.items() if key not in ("name", "parameters")},
            )
        )
    return ExperimentFile(
        name=name,
        variants=tuple(variants),
        description=_text(raw, "description", place),
        project=_text(raw, "project", place),
        created=_text(raw, "created", place),
        evaluation=_mapping(raw.get("evaluation"), place, "evaluation"),
        tags=read_tags(raw.get("tags"), f"{place}, tags"),
        extra={key: value for key, value in raw.items() if key not in EXPERIMENT_KEYS},
        notes=tuple(notes),
    )


def check_parameters(given: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The parameters with their right types. Raises ``InvalidInput`` for an unknown name, type or range.

    An unknown parameter is refused and not kept: one that silently does nothing would make a record untrue.
    """
    checked: dict[str, Any] = {}
    for name, value in given.items():
        rule = PARAMETER_RULES.get(name)
        if rule is None:
            near = did_you_mean(name, PARAMETER_RULES)
            raise InvalidInput(
                f"`{name}` is not a parameter of a run",
                code="unknown-parameter",
                place=place,
                hints=[f"did you mean `{near}`?" if near else f"known: {', '.join(PARAMETER_RULES)}"],
            )
        checked[name] = check_parameter(name, value, place)
    return checked


def check_parameter(name: str, value: Any, place: str) -> Any:
    """One parameter with its right type; text is read as the type asked for. Raises ``InvalidInput``."""
    kind, least, most, _ = (PARAMETER_RULES | LIMIT_RULES)[name]
    if value is None:
        return None
    if name in CHOICES and value not in CHOICES[name]:
        raise InvalidInput(
            f"`{name}` is {value!r}, but must be one of: {', '.join(CHOICES[name])}", code="bad-parameter", place=place
        )
    try:
        if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
            raise ValueError
        if kind is int and isinstance(value, float) and not value.is_integer():
            raise ValueError
        found = kind(value)
        if found != found or (least is not None and found < least) or (most is not None and found > most):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        bounds = f" from {least:,} to {most:,}" if least is not None and most is not None else ""
        what = {str: "text", int: "a whole number", float: "a number"}[kind]
        raise InvalidInput(
            f"`{name}` is {value!r}, but must be {what}{bounds}", code="bad-parameter", place=place
        ) from None
    return found


def read_tags(value: Any, place: str) -> dict[str, str]:
    """Tags as R-016 writes them (a list of single pairs), as a mapping, or as a list of words."""
    if value is None:
        return {}
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        for item in value:
            pairs += list(item.items()) if isinstance(item, dict) else [(item, "")]
    else:
        raise InvalidInput("tags must be a list or a mapping", code="bad-tags", place=place)
    tags: dict[str, str] = {}
    for key, text in pairs:
        if isinstance(text, (dict, list)):
            raise InvalidInput(f"the tag `{key}` must be a single value", code="bad-tags", place=place)
        tags[str(key)] = "" if text is None else str(text)
    return tags


def _constraints(raw: Mapping[str, Any], place: str) -> Constraints:
    ages = raw.get("age_range")
    if ages is not None:
        good = isinstance(ages, list) and len(ages) == 2 and all(type(age) is int for age in ages)
        if not good or not 0 <= ages[0] <= ages[1] <= 150:
            raise InvalidInput(
                f"`age_range` is {ages!r}, but must be two ages such as [25, 65]",
                code="project-file",
                place=f"{place}.age_range",
            )
        ages = (ages[0], ages[1])
    fields = raw.get("required_fields") or []
    if not isinstance(fields, list) or not all(isinstance(field, str) for field in fields):
        raise InvalidInput(
            "`required_fields` must be a list of field names",
            code="project-file",
            place=f"{place}.required_fields",
        )
    rules = raw.get("require") or []
    if isinstance(rules, str):
        rules = [rules]
    if not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        raise InvalidInput(
            "`require` must be a list of rules such as `faithfulness >= 0.9`",
            code="project-file",
            place=f"{place}.require",
        )
    other = {key: value for key, value in raw.items() if key not in CONSTRAINT_KEYS}
    return Constraints(age_range=ages, required_fields=tuple(fields), require=tuple(rules), other=other)


def _mapping(value: Any, place: str, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(f"`{what}` must be a mapping of keys to values", code="yaml-shape", place=place)
    return value


def _text(raw: Mapping[str, Any], key: str, place: str) -> str:
    value = raw.get(key)
    if isinstance(value, (dict, list)):
        raise InvalidInput(f"`{key}` must be text", code="yaml-shape", place=f"{place}, {key}")
    return "" if value is None else str(value)


def _near_misses(raw: Mapping[str, Any], known: Iterable[str], place: str) -> list[str]:
    return [
        f"{place}: the key `{key}` is kept but means nothing here; did you mean `{near}`?"
        for key in raw
        if key not in known and (near := did_you_mean(key, known))
    ]
