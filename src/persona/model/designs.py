"""Variants by the dozen: a matrix of templates, models and parameters, and sweeps over ranges of parameters.

A variant that is not written out is named after what it fixes (``model=openai:gpt-4o,temperature=0.3``), so the same
file always gives the same names, and a name says what it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Literal

import msgspec

from persona.errors import InvalidInput
from persona.model.parameters import PARAMETER_RULES, check_parameter
from persona.model.reading import mapping, near_misses

MOST_VARIANTS = 1000
"""The most variants of one experiment: beyond that a matrix is a slip of the pen."""

MOST_LISTED = 100_000
"""Values of a range beyond which it counts as endless."""

METHODS = ("grid", "random", "tpe")


class Variant(msgspec.Struct, frozen=True):
    """One variant of an experiment: a name and the parameters that differ."""

    name: str
    parameters: dict[str, Any] = {}
    extra: dict[str, Any] = {}


class Span(msgspec.Struct, frozen=True):
    """What a swept parameter may be: one of ``values``, or a number from ``least`` to ``most``, bounds included.

    ``log`` spreads draws evenly over orders of magnitude. ``step`` is the distance of neighbouring values, None where
    every number between may be drawn. ``whole`` says that it is a whole number.
    """

    values: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None
    log: bool = False
    step: float | None = None
    whole: bool = False

    def listed(self) -> tuple[Any, ...] | None:
        """Every value it may have, in order; None where there is no end of them."""
        if self.values:
            return self.values
        if self.step is None or self.least is None or self.most is None:
            return None
        count = math.floor((self.most - self.least) / self.step + 1e-9) + 1
        if count > MOST_LISTED:
            return None
        return tuple(_tidy(self.least + number * self.step) for number in range(count))


class Sweep(msgspec.Struct, frozen=True):
    """A search over parameters in the style of W&B: how points are chosen, among what, how many, for how much.

    ``tpe`` chooses each point after it has seen what those before gave (``runs.searching``). ``runs`` bounds the points
    tried, ``usd`` the dollars that all runs of the experiment may take together.
    """

    method: Literal["grid", "random", "tpe"]
    parameters: dict[str, Span]
    runs: int | None = None
    usd: float | None = None


def read_matrix(value: Any, place: str) -> tuple[Variant, ...]:
    """The variants of ``matrix``: every combination of its templates, models and parameters but those it excludes.

    Raises ``InvalidInput`` for an empty list, an unknown parameter or more than a thousand variants.
    """
    raw = mapping(value, place, "matrix")
    known = ("templates", "models", "parameters", "exclude")
    unknown = [key for key in raw if key not in known]
    if unknown:
        raise InvalidInput(
            f"`{unknown[0]}` is not a key of a matrix",
            code="experiment-file",
            place=place,
            hints=[f"known: {', '.join(known)}"],
        )
    axes: dict[str, list[Any]] = {}
    for key, name in (("templates", "template"), ("models", "model")):
        if key in raw:
            axes[name] = _values(name, raw[key], f"{place}.{key}")
    for name, values in mapping(raw.get("parameters"), f"{place}.parameters", "parameters").items():
        axes[name] = _values(name, values, f"{place}.parameters.{name}")
    if not axes:
        raise InvalidInput(
            "the matrix has no axis",
            code="experiment-file",
            place=place,
            hints=[
                "for example: `parameters: {temperature: [0, 0.7]}`",
                "or `models: [openai:gpt-4o-mini, ollama:llama3.1:8b]`",
            ],
        )
    excluded = [
        mapping(one, f"{place}.exclude[{number}]", "exclude") for number, one in enumerate(raw.get("exclude") or [])
    ]
    _check_count(math.prod(len(values) for values in axes.values()), place)
    found: list[Variant] = []
    for chosen in product(*axes.values()):
        parameters = dict(zip(axes, chosen, strict=True))
        if any(all(parameters.get(key) == one for key, one in rule.items()) for rule in excluded):
            continue
        found.append(Variant(name_of(parameters), parameters))
    if not found:
        raise InvalidInput(
            "the matrix excludes every combination",
            code="experiment-file",
            place=f"{place}.exclude",
            hints=["take a rule out of `exclude`, or give it more keys: it excludes what fits all of them"],
        )
    return tuple(found)


def read_sweep(value: Any, place: str) -> Sweep:
    """The ``sweep`` of an experiment. Raises ``InvalidInput`` for an empty range, an unknown method or parameter."""
    raw = mapping(value, place, "sweep")
    method = raw.get("method")
    if method not in METHODS:
        raise InvalidInput(
            f"the method of the sweep is `{method}`, but must be one of: {', '.join(METHODS)}",
            code="experiment-sweep",
            place=f"{place}.method",
            hints=["`method: grid` tries every combination, `random` and `tpe` so many as `budget: {runs: 20}` says"],
        )
    spans = {
        name: _span(name, one, f"{place}.parameters.{name}")
        for name, one in mapping(raw.get("parameters"), f"{place}.parameters", "parameters").items()
    }
    if not spans:
        raise InvalidInput(
            "the sweep has no parameters",
            code="experiment-sweep",
            place=f"{place}.parameters",
            hints=["for example: `temperature: {min: 0, max: 1}`"],
        )
    budget = mapping(raw.get("budget"), f"{place}.budget", "budget")
    unknown = near_misses(raw, ("method", "parameters", "budget"), place) + [
        f"`{key}` means nothing in the budget of a sweep; known: runs, usd"
        for key in budget
        if key not in ("runs", "usd")
    ]
    unknown += [f"`{key}` means nothing in a sweep" for key in raw if key not in ("method", "parameters", "budget")]
    if unknown:
        raise InvalidInput(
            unknown[-1],
            code="experiment-sweep",
            place=place,
            hints=["a sweep has `method`, `parameters` and `budget: {runs: 20, usd: 5}`"],
        )
    sweep = Sweep(
        method,
        spans,
        runs=whole(budget.get("runs"), f"{place}.budget.runs", least=1),
        usd=number_of(budget.get("usd"), f"{place}.budget.usd"),
    )
    _check_count(sweep.runs or 0, f"{place}.budget.runs")
    endless = [name for name, span in spans.items() if span.listed() is None]
    if method == "grid" and endless:
        raise InvalidInput(
            f"a grid needs every value of `{endless[0]}`",
            code="experiment-sweep",
            place=f"{place}.parameters.{endless[0]}",
            hints=["give `values`, or `min`, `max` and `step`; or take `method: random`"],
        )
    if method != "grid" and sweep.runs is None:
        raise InvalidInput(
            f"a sweep by `{method}` has no end of its own",
            code="experiment-sweep",
            place=f"{place}.budget",
            hints=["say how many points to try: `budget: {runs: 20}`"],
        )
    return sweep


def points_of(sweep: Sweep, seed: int) -> tuple[Variant, ...]:
    """The variants of a sweep by ``grid`` or ``random``: the same each time, more of them when the budget is raised.

    Draws that come to the same point count once. A sweep by ``tpe`` has none before it has begun.
    """
    most = sweep.runs
    if sweep.method == "tpe":
        return ()
    if sweep.method == "grid":
        lists = [span.listed() or () for span in sweep.parameters.values()]
        count = math.prod(len(values) for values in lists)
        _check_count(min(count, most or count), "sweep")
        found: list[Variant] = []
        for chosen in product(*lists):
            if most is not None and len(found) == most:
                break
            found.append(Variant(name_of(parameters := dict(zip(sweep.parameters, chosen, strict=True))), parameters))
        return tuple(found)
    import random

    assert most is not None, "read_sweep asks for it"
    _check_count(most, "sweep.budget.runs")
    chance = random.Random(f"sweep {seed}")  # noqa: S311  # reproducible, not secret
    drawn: dict[str, Variant] = {}
    for _ in range(most * 20):
        if len(drawn) == most:
            break
        one = point(sweep, {name: _drawn(span, chance.random()) for name, span in sweep.parameters.items()})
        drawn.setdefault(one.name, one)
    return tuple(drawn.values())


def name_of(parameters: Mapping[str, Any]) -> str:
    """The name of a variant that nobody named."""
    return ",".join(f"{key}={_shown(value)}" for key, value in parameters.items())


def point(sweep: Sweep, drawn: Mapping[str, Any]) -> Variant:
    """The variant of a drawn point. Numbers of a range are rounded to four digits, so that a name says all of them."""
    parameters = {
        name: value if sweep.parameters[name].listed() is not None else _typed(name, value)
        for name, value in drawn.items()
    }
    return Variant(name_of(parameters), parameters)


def _drawn(span: Span, chance: float) -> Any:
    listed = span.listed()
    if listed is not None:
        return listed[min(int(chance * len(listed)), len(listed) - 1)]
    if span.least is None or span.most is None:
        raise AssertionError("_span asks for both")
    if span.log:
        low, high = math.log(span.least), math.log(span.most)
        return math.exp(low + chance * (high - low))
    return span.least + chance * (span.most - span.least)


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, float):
        value = round(value) if PARAMETER_RULES[name][0] is int else float(f"{value:.4g}")
    return check_parameter(name, value, "sweep")


def _span(name: str, value: Any, place: str) -> Span:
    if name not in PARAMETER_RULES:
        check_parameters_known(name, place)
    if isinstance(value, list):
        return Span(values=tuple(_values(name, value, place)))
    raw = mapping(value, place, name)
    if "values" in raw:
        return Span(values=tuple(_values(name, raw["values"], f"{place}.values")))
    kind = PARAMETER_RULES[name][0]
    if kind is str or "min" not in raw or "max" not in raw:
        raise InvalidInput(
            f"the range of `{name}` needs " + ("`values`" if kind is str else "`values`, or `min` and `max`"),
            code="experiment-sweep",
            place=place,
            hints=[f"for example: `{name}: [{_example(name)}]`"],
        )
    least, most = (check_parameter(name, raw[key], f"{place}.{key}") for key in ("min", "max"))
    step = number_of(raw.get("step"), f"{place}.step")
    log = raw.get("log") is True
    if least is None or most is None or most < least:
        raise InvalidInput(
            f"the range of `{name}` is empty: from {raw['min']} to {raw['max']}",
            code="experiment-sweep",
            place=place,
            hints=[f"the smaller one comes first: `{name}: {{min: {raw['max']}, max: {raw['min']}}}`"],
        )
    if log and least <= 0:
        raise InvalidInput(
            f"the range of `{name}` is spread over orders of magnitude, but begins at {least}",
            code="experiment-sweep",
            place=f"{place}.log",
            hints=["begin above 0, or leave `log` out"],
        )
    if step is not None and step <= 0:
        raise InvalidInput(
            f"the step of `{name}` must be above 0",
            code="experiment-sweep",
            place=f"{place}.step",
            hints=["leave `step` out for every value between `min` and `max`, or name the values in a list"],
        )
    if step is None and kind is int and not log:
        step = 1
    return Span(least=least, most=most, log=log, step=step, whole=kind is int)


def check_parameters_known(name: str, place: str) -> None:
    """Raise ``InvalidInput`` for a name that is no parameter of a run."""
    from persona.model.parameters import check_parameters

    check_parameters({name: None}, place)


def _values(name: str, value: Any, place: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise InvalidInput(
            f"`{name}` must be a list of one value or more",
            code="experiment-file",
            place=place,
            hints=[f"for example: `{name}: [{_example(name)}]`"],
        )
    check_parameters_known(name, place)
    found = [check_parameter(name, one, f"{place}[{number}]") for number, one in enumerate(value)]
    if len({_shown(one) for one in found}) < len(found):
        raise InvalidInput(
            f"a value of `{name}` stands twice",
            code="experiment-file",
            place=place,
            hints=["name each once; more runs of the same are `repeats: 5`"],
        )
    return found


def _example(name: str) -> str:
    """Values that a parameter may have, as one would write them."""
    rule = PARAMETER_RULES.get(name)
    if rule is None or rule[0] is str:
        return {"model": "openai:gpt-4o-mini, ollama:llama3.1:8b", "template": "default, brief"}.get(name, "one, other")
    return "2, 4" if rule[0] is int else "0.3, 0.7"


def _check_count(count: int, place: str) -> None:
    if count > MOST_VARIANTS:
        raise InvalidInput(
            f"that makes {count:,} variants; the most is {MOST_VARIANTS:,}",
            code="experiment-file",
            place=place,
            hints=["leave out values, or sweep with `method: random` and a budget"],
        )


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "none" if value is None else str(value)


def _tidy(value: float) -> Any:
    rounded = round(float(value), 10)
    return int(rounded) if rounded.is_integer() else rounded


def whole(value: Any, place: str, *, least: int) -> int | None:
    """A whole number, None where nothing stands. Raises ``InvalidInput``."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(
            f"it is {value!r}, but must be a whole number from {least} on", code="experiment-file", place=place
        )
    return value


def number_of(value: Any, place: str, *, least: float = 0.0) -> float | None:
    """A finite number, None where nothing stands. Raises ``InvalidInput``."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < least:
        raise InvalidInput(
            f"it is {value!r}, but must be a number from {least:g} on", code="experiment-file", place=place
        )
    return float(value)


def unique(variants: Sequence[Variant], place: str) -> tuple[Variant, ...]:
    """Variants whose names differ. Raises ``InvalidInput`` that names the one which stands twice."""
    seen: set[str] = set()
    for one in variants:
        if one.name in seen:
            raise InvalidInput(
                f"the variant `{one.name}` stands twice",
                code="experiment-file",
                place=place,
                hints=["give each a name of its own; more runs of the same are `repeats: 5`"],
            )
        seen.add(one.name)
    return tuple(variants)
