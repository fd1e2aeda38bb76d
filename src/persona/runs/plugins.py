"""What installed distributions add by entry point: metrics (``persona.metrics``) and engines (``persona.engines``).

Nothing is looked for before somebody measures or asks for a model that persona itself does not know. Code of others
may be broken: that is said with the distribution's name, and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from persona.errors import ModelError, PersonaError, is_stop, said

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from persona.metrics import Plugin

Engine = TypeVar("Engine")

_kept: dict[str, Sequence[EntryPoint]] = {}
_unreadable: dict[str, Sequence[tuple[str, str]]] = {}
"""Distributions that have something for a group and say it so that it cannot be read, with the reason."""

METRICS, ENGINES = "persona.metrics", "persona.engines"


def metrics() -> list[Plugin]:
    """The metrics of plugins by name, the broken ones with the reason. No two have one name."""
    from persona.metrics import Plugin
    from persona.metrics.extending import fault_of

    found: dict[str, Plugin] = {}
    for point in _points(METRICS):
        distribution = _distribution(point)
        metric, fault = _load(point)
        if fault is None:
            fault, error = _tried(fault_of, point.name, metric)
            fault = said(error) if error else fault
        if fault is None and point.name in found:
            fault = f"the name `{point.name}` is taken by `{found[point.name].distribution}`"
        if fault is None:
            found[point.name] = Plugin(point.name, distribution, metric)
        else:  # under a name of its own, because the plain one may belong to a metric that works
            name = f"{distribution.split()[0]}:{point.name}"
            found[name] = Plugin(name, distribution, None, fault)
    for distribution, fault in _unreadable.get(METRICS, ()):
        name = f"{distribution.split()[0]}:entry_points.txt"
        found[name] = Plugin(name, distribution, None, fault)
    return [found[name] for name in sorted(found)]


def metric_names() -> tuple[str, ...]:
    """The names that plugins' metrics announce, without loading any of them."""
    return tuple(point.name for point in _points(METRICS))


def engine_names() -> tuple[str, ...]:
    """The model names that plugins' engines announce, without loading any of them."""
    return tuple(point.name for point in _points(ENGINES))


def engine(model: str, place: str, kind: type[Engine], own: Container[str]) -> Engine | None:
    """The engine of a plugin for a model's name, None when no plugin has one; ``place`` says who asked.

    ``kind`` is what an engine must be, ``own`` the names it cannot take. Raises ``ModelError`` for a plugin that
    cannot be loaded or gives no engine, and when two distributions have an engine of the name.
    """
    points = [point for point in _points(ENGINES) if point.name == model]
    if not points:
        return None
    made, fault = _load(points[0])
    if fault is None:
        made, fault = _call(made)
    fault = fault or _fault_of_engine(made, kind, own)
    if len(points) > 1:
        fault = f"`{_distribution(points[1])}` has an engine of this name too"
    if fault is not None:
        raise ModelError(
            f"the plugin `{_distribution(points[0])}` cannot serve the model `{model}`: {fault}",
            code="plugin-broken",
            place=place,
            hints=["use the engine that needs no plugin: `--model extractive`"],
        )
    chosen: Engine = _held(made, _distribution(points[0]))
    return chosen


def _fault_of_engine(made: Any, kind: type[Any], own: Container[str]) -> str | None:
    if not isinstance(made, kind):
        return f"its entry point gave a {type(made).__name__} instead of a persona.runs.engines.Engine"
    if made.name in own:
        return f"its engine calls itself `{made.name}`, which is persona's own"
    if not made.name or not made.version or not made.templates or not callable(made.generate):
        return "its engine lacks a name, a version, a template or a function"
    if not isinstance(made.name, str) or not isinstance(made.version, str) or not _are_templates(made.templates):
        return "the name and version of its engine must be texts, and its templates `{name: (version, bytes)}`"
    if made.check_template is not None and not callable(made.check_template):
        return "what should check the templates of its engine cannot be called"
    return None


def _are_templates(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(name, str)
        and isinstance(one, tuple)
        and len(one) == 2
        and isinstance(one[0], str)
        and isinstance(one[1], bytes)
        for name, one in given.items()
    )


def _held(made: Any, distribution: str) -> Any:
    """An engine of a plugin that breaks only in one way: as a ``ModelError`` with the name of its distribution."""
    from persona.model.personas import PersonaSet

    def generate(*given: Any, **named: Any) -> Any:
        import msgspec

        personas, error = _tried(made.generate, *given, **named)
        if error is not None:
            refuse(said(error), error)
        if not isinstance(personas, PersonaSet):
            refuse(f"it gave a {type(personas).__name__} instead of a PersonaSet")
        try:  # structs check nothing when they are made; what cannot be read back is no set of personas
            return msgspec.json.decode(msgspec.json.encode(personas), type=PersonaSet)
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as odd:
            refuse(f"its personas are not made as they should be: {said(odd)}", odd)

    def checked(*given: Any) -> Any:
        version, error = _tried(made.check_template, *given)
        if error is not None:
            refuse(said(error), error)
        if not isinstance(version, str):
            refuse(f"it says that the version of a template is a {type(version).__name__}")
        return version

    def refuse(fault: str, error: BaseException | None = None) -> NoReturn:
        raise ModelError(
            f"the plugin `{distribution}` broke while it made personas: {fault}",
            code="plugin-broken",
            place=f"plugin {distribution}",
            hints=["tell its author, or use the engine that needs no plugin: `persona generate --model extractive`"],
        ) from error  # the record keeps where it broke

    return made._replace(generate=generate, check_template=checked if made.check_template else None)


def _tried(function: Any, *given: Any, **named: Any) -> tuple[Any, BaseException | None]:
    """What a function of somebody else gives, or what it raised. An error of persona's own passes."""
    try:
        return function(*given, **named), None
    except PersonaError:
        raise
    except BaseException as error:
        if is_stop(error):
            raise
        return None, error


def _call(maker: Any) -> tuple[Any, str | None]:
    """What the function of an entry point gives, and what went wrong."""
    try:
        made, error = _tried(maker)
    except PersonaError as told:
        return None, told.message
    return made, said(error) if error else None


def _load(point: EntryPoint) -> tuple[Any, str | None]:
    """What an entry point names, and what went wrong."""
    try:
        found, error = _tried(point.load)
    except PersonaError as told:
        found, error = None, told
    return found, f"`{point.value}` cannot be loaded: {said(error)}" if error else None


def keep() -> None:
    """Look for plugins once: a process that does a thousand runs goes on with those that it began with."""
    for group in (METRICS, ENGINES):
        _kept[group] = _points(group)


def _points(group: str) -> Sequence[EntryPoint]:
    """The entry points of a group, by distribution and name; each once, however often its folder is on the path."""
    if group in _kept:
        return _kept[group]
    from importlib.metadata import entry_points

    _unreadable[group] = ()
    try:
        points: Sequence[EntryPoint] = tuple(entry_points(group=group))
    except Exception:  # noqa: BLE001  # one file of one distribution, of whatever kind, and it reads none of them
        points = _one_by_one(group)
    unique = {(_distribution(point), point.name, point.value): point for point in points}
    return [unique[key] for key in sorted(unique)]


def _one_by_one(group: str) -> list[EntryPoint]:
    """The entry points of a group where some distribution is broken; what has nothing for us is not told."""
    from importlib.metadata import distributions

    found: list[EntryPoint] = []
    broken: list[tuple[str, str]] = []
    seen: set[str] = set()
    for one in distributions():
        name, error = _tried(lambda one=one: f"{one.name}")
        if error is not None or name in seen:  # the first on the path is the one that is imported
            continue
        seen.add(name)
        points, error = _tried(lambda one=one: list(one.entry_points.select(group=group)))
        if error is None:
            found += points
            continue
        text, _ = _tried(one.read_text, "entry_points.txt")
        if f"[{group}]" in (text or ""):
            broken.append((f"{name} {one.version}", f"its `entry_points.txt` cannot be read: {said(error)}"))
    _unreadable[group] = broken
    return found


def _distribution(point: EntryPoint) -> str:
    """The distribution of an entry point with its version."""
    if point.dist is None:
        return "unknown"
    return " ".join(part for part in (point.dist.name or "unknown", point.dist.version) if part)
